import type { StreamState } from "@millrace/client";
import { useEffect, useRef, useState } from "react";
import { forgetStream, noteStream } from "./connection.ts";
import { useIsWatched } from "./visibility.ts";

export interface StreamOptions {
  readonly signal: AbortSignal;
  readonly onState: (state: StreamState) => void;
}

/**
 * Follows a stream for as long as the component is there and somebody may be looking.
 *
 * @param key what is followed: another one is another stream; null: nothing
 * @returns why it cannot be followed at all (what is only interrupted goes on by itself)
 */
export function useStream<T>(
  key: string | null,
  open: (options: StreamOptions) => AsyncIterable<T>,
  onItem: (item: T) => void,
): unknown {
  const isWatched = useIsWatched();
  const latest = useRef({ open, onItem });
  latest.current = { open, onItem };
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    if (key === null || !isWatched) return;
    const ending = new AbortController();
    const onState = (state: StreamState): void => {
      if (!ending.signal.aborted) noteStream(ending, state);
    };
    const follow = async (): Promise<void> => {
      try {
        const items = latest.current.open({ signal: ending.signal, onState });
        for await (const item of items) {
          if (ending.signal.aborted) return;
          latest.current.onItem(item);
        }
      } catch (caught) {
        if (!ending.signal.aborted) setError(caught);
      } finally {
        forgetStream(ending);
      }
    };
    setError(null);
    void follow();
    return () => ending.abort();
  }, [key, isWatched]);
  return error;
}
