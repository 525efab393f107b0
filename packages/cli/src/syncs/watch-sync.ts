import { isOver, type Millrace, type Sync } from "@millrace/client";
import { createPatience } from "../api/create-patience.ts";
import type { Output } from "../program/surroundings.ts";
import { hindranceText } from "./describe-pause.ts";
import { advanceProgress, type ProgressView, unknownProgress } from "./progress-view.ts";
import { renderProgress, renderProgressLine } from "./render-progress.ts";
import { tellIdle } from "./tell-idle.ts";
import { tellWait } from "./tell-wait.ts";

export interface WatchOptions {
  /** Where the progress is shown: a live line on a terminal, a line every two seconds elsewhere. */
  readonly output: Output;
  readonly signal?: AbortSignal | undefined;
  /** What was asked for stands there in the log: an end before it is not waited for. Of `retry`'s answer. */
  readonly after?: string | null | undefined;
  /** Give up when nothing came for so long; 2 minutes when absent. */
  readonly silenceMsMax?: number;
}

const frameMs = 100;
const lineMs = 2_000;
const coalescingsMax = 16;

/**
 * Shows a sync until its end. A sync that was coalesced into another is followed there. The API may restart meanwhile.
 *
 * @returns the sync as it ended
 * @throws MillraceError when the API refuses, or is not heard for too long; the signal's reason
 */
export async function watchSync(millrace: Millrace, syncId: string, options: WatchOptions): Promise<Sync> {
  let id = syncId;
  let { after } = options;
  for (let followed = 0; ; followed += 1) {
    const sync = await watchOne(millrace, id, { ...options, after });
    if (sync.status !== "coalesced" || !sync.coalescedInto || followed >= coalescingsMax) return sync;
    options.output.write(`Another sync of this account does the work: ${sync.coalescedInto}\n`);
    id = sync.coalescedInto;
    after = null;
  }
}

async function watchOne(millrace: Millrace, syncId: string, options: WatchOptions): Promise<Sync> {
  const screen = options.output.isTTY ? liveLine(options.output) : plainLines(options.output);
  let view = unknownProgress;
  const wait = tellWait(millrace, screen.note);
  const idle = tellIdle(millrace, screen.note);
  const timer = setInterval(
    () => {
      screen.show(view);
      idle.see(view, performance.now());
    },
    options.output.isTTY ? frameMs : lineMs,
  );
  const patience = createPatience({
    ...options,
    onInterruption: (reason) => screen.note(`The stream broke off (${reason}); opening it again.`),
  });
  try {
    const { after } = options;
    if (after) view = await viewOf(millrace, syncId, view);
    const onState: typeof patience.onState = (state) => {
      view = { ...view, isLive: state.kind === "open" };
      patience.onState(state);
    };
    const watched = millrace.watchSync(syncId, { after, signal: patience.signal, onState });
    for await (const sync of watched) {
      view = advanceProgress(view, sync, performance.now());
      wait.see(sync);
      if (!isOver(sync)) continue;
      screen.end(view);
      return sync;
    }
    // The stream's end says that there is nothing more to tell: then the sync says how it ended.
    const sync = await millrace.syncs.get(syncId);
    screen.end(advanceProgress(view, sync, performance.now()));
    return sync;
  } catch (error) {
    screen.abandon();
    throw error;
  } finally {
    clearInterval(timer);
    wait.end();
    patience.end();
  }
}

/** What a stream that begins after something does not tell: how it stands meanwhile. */
async function viewOf(millrace: Millrace, syncId: string, view: ProgressView): Promise<ProgressView> {
  const sync = await millrace.syncs.get(syncId);
  return isOver(sync) ? view : advanceProgress(view, sync, performance.now());
}

interface Screen {
  show(view: ProgressView): void;
  note(text: string): void;
  /** The last state stays visible. */
  end(view: ProgressView): void;
  abandon(): void;
}

/** Reasons that stand above a live line are not said again while so many others have not come since. */
const toldReasonsMax = 16;

function liveLine(output: Output): Screen {
  const clear = "\r\u001b[2K";
  let told: readonly string[] = [];
  const draw = (view: ProgressView) => {
    const line = renderProgress(view, performance.now(), output.columns || 80);
    const { hindrance, ended } = view;
    // What there is no room for stands above the line, once: each attempt counts on and may miss fewer messages, for the same reason.
    const isSaid =
      hindrance === null ||
      ended ||
      told.includes(hindrance.reason) ||
      line.includes(hindranceText(hindrance));
    if (!isSaid) told = [...told, hindrance.reason].slice(-toldReasonsMax);
    output.write(`${clear}${isSaid ? "" : `${hindranceText(hindrance)}\n`}${line}`);
  };
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

function plainLines(output: Output): Screen {
  let shown = "";
  const show = (view: ProgressView) => {
    const line = renderProgressLine(view, performance.now());
    if (line !== shown) output.write(`${line}\n`);
    shown = line;
  };
  return { show, note: (text) => output.write(`${text}\n`), end: show, abandon: () => undefined };
}
