import { useSyncExternalStore } from "react";
import { comingTime, relativeTime, wholeTime } from "../format/times.ts";

const tickMs = 1_000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for all that show how long ago something was. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, tickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

export const useNow = (): number => useSyncExternalStore(subscribe, () => now);

/** How long ago, or in how long; the whole time for who points at it. */
export function Ago({ at, none = "–" }: { readonly at: string | null; readonly none?: string }) {
  const nowMs = useNow();
  if (at === null) return <span className="faint">{none}</span>;
  return (
    <time dateTime={at} title={wholeTime(at)} className="number">
      {relativeTime(at, nowMs)}
    </time>
  );
}

/** In how long what is waited for comes. */
export function Coming({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={wholeTime(at)} className="number">
      {comingTime(at, useNow())}
    </time>
  );
}
