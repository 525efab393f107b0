import { hasEnded, type Sync } from "@millrace/client";
import { useEffect, useRef, useState } from "react";
import { useStream } from "../../live/use-stream.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { ChunkStates } from "./chunk-states.ts";
import { useReadAgain } from "./use-read-again.ts";

/** A sync's chunks as the stream tells them, drawn once a frame at most. */
export function useChunkStates(sync: Sync) {
  const { id, status } = sync;
  const { millrace } = useAccess();
  const [states] = useState(() => new ChunkStates());
  const [news, setNews] = useState(0);
  const newest = useRef<string | undefined>(undefined);
  const frame = useRef(0);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  const error = useStream(
    `${id} ${status} ${useLateVersion(sync)}`,
    (options) =>
      millrace.watchChunks(id, {
        ...options,
        ...(newest.current !== undefined && { after: newest.current }),
      }),
    (told) => {
      newest.current = told.version;
      states.apply(told);
      if (frame.current !== 0) return;
      frame.current = requestAnimationFrame(() => {
        frame.current = 0;
        setNews((before) => before + 1);
      });
    },
  );
  return { states, news, error };
}

/**
 * The stream of a sync's chunks ends with it. What comes later, dead letters that are redriven, gives the sync new versions:
 * with each of those it is asked once more, for what has changed since.
 */
function useLateVersion({ status, version }: Sync): string {
  const current = hasEnded({ status }) ? version : "";
  const [late, setLate] = useState(current);
  useReadAgain(current, () => setLate(current));
  return late;
}
