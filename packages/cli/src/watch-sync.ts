import type { ApiAccess } from "./api-request.ts";
import { advanceProgress, unknownProgress } from "./progress-view.ts";
import { renderProgress, renderProgressLine } from "./render-progress.ts";
import { streamSync } from "./stream-sync.ts";
import type { SyncResource } from "./sync-resource.ts";

export interface WatchOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface WatchOptions {
  /** Where the progress is shown: a live line on a terminal, a line every two seconds elsewhere. */
  readonly output: WatchOutput;
  readonly signal?: AbortSignal;
}

const frameMs = 100;
const lineMs = 2_000;
const coalescingsMax = 16;

/**
 * Shows a sync until its end. A sync that was coalesced into another is followed there.
 *
 * @returns the sync as it ended.
 * @throws what `streamSync` throws.
 */
export async function watchSync(
  url: string,
  key: string,
  syncId: string,
  options: WatchOptions,
): Promise<SyncResource> {
  let id = syncId;
  for (let followed = 0; ; followed += 1) {
    const sync = await watchOne({ url, key }, id, options);
    if (sync.status !== "coalesced" || !sync.coalescedInto || followed >= coalescingsMax) return sync;
    options.output.write(`Another sync of this account does the work: ${sync.coalescedInto}\n`);
    id = sync.coalescedInto;
  }
}

async function watchOne(access: ApiAccess, syncId: string, options: WatchOptions): Promise<SyncResource> {
  const screen = options.output.isTTY ? liveLine(options.output) : plainLines(options.output);
  let view = unknownProgress;
  const timer = setInterval(() => screen.show(view), options.output.isTTY ? frameMs : lineMs);
  try {
    let last: SyncResource | undefined;
    const stream = streamSync(access, syncId, {
      ...(options.signal ? { signal: options.signal } : {}),
      onInterruption: (reason) => screen.note(`The stream broke off (${reason}); opening it again.`),
    });
    for await (const sync of stream) {
      last = sync;
      view = advanceProgress(view, sync, performance.now());
    }
    if (!last) throw new Error("The API's stream ended without telling anything.");
    screen.end(view);
    return last;
  } catch (error) {
    screen.abandon();
    throw error;
  } finally {
    clearInterval(timer);
  }
}

type View = typeof unknownProgress;

interface Screen {
  show(view: View): void;
  note(text: string): void;
  /** The last state stays visible. */
  end(view: View): void;
  abandon(): void;
}

function liveLine(output: WatchOutput): Screen {
  const clear = "\r\u001b[2K";
  const draw = (view: View) =>
    output.write(`${clear}${renderProgress(view, performance.now(), output.columns || 80)}`);
  return {
    show: draw,
    note: (text) => output.write(`${clear}${text}\n`),
    end: (view) => {
      draw(view);
      output.write("\n");
    },
    abandon: () => output.write(clear),
  };
}

function plainLines(output: WatchOutput): Screen {
  let shown = "";
  const show = (view: View) => {
    const line = renderProgressLine(view, performance.now());
    if (line !== shown) output.write(`${line}\n`);
    shown = line;
  };
  return { show, note: (text) => output.write(`${text}\n`), end: show, abandon: () => undefined };
}
