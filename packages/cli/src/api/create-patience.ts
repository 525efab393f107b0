import { type Millrace, MillraceError } from "@millrace/client";

type OnState = NonNullable<NonNullable<Parameters<Millrace["watchSync"]>[1]>["onState"]>;

export interface PatienceOptions {
  readonly signal?: AbortSignal | undefined;
  /** Give up when a stream that was there is away for so long; 2 minutes when absent. */
  readonly silenceMsMax?: number | undefined;
  /** Hears why a stream broke off, once until it flows again; it is opened again by itself. */
  readonly onInterruption: (reason: string) => void;
}

export interface Patience {
  /** What the stream is watched with: aborted when it is given up. */
  readonly signal: AbortSignal;
  readonly onState: OnState;
  end(): void;
}

const silenceMsMaxDefault = 120_000;
/** Who names an address at which nobody is wants to be told soon; an API that is starting has a moment. */
const firstMsMax = 5_000;

/** Has a live stream, which by itself comes back for ever, end when there is no use in waiting. */
export function createPatience(options: PatienceOptions): Patience {
  const { signal, silenceMsMax = silenceMsMaxDefault, onInterruption } = options;
  const giveUp = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let [wasThere, isTold] = [false, false];
  const onState: OnState = (state) => {
    if (state.kind === "open") {
      clearTimeout(timer);
      [wasThere, isTold] = [true, false];
      return;
    }
    if (isTold) return;
    isTold = true;
    const { error } = state;
    onInterruption(error?.detail ?? "the API closed it");
    const ms = wasThere ? silenceMsMax : Math.min(silenceMsMax, firstMsMax);
    if (Number.isFinite(ms)) timer = setTimeout(() => giveUp.abort(error ?? silent(ms)), ms);
  };
  return {
    signal: signal === undefined ? giveUp.signal : AbortSignal.any([signal, giveUp.signal]),
    onState,
    end: () => clearTimeout(timer),
  };
}

const silent = (ms: number): MillraceError =>
  new MillraceError({ code: "timeout", detail: `The API has not been heard for ${ms / 1_000} s.` });
