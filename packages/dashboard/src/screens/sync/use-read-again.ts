import { useEffect, useRef } from "react";

const againMs = 1_500;

/**
 * A sync has a new version with each of its facts, many a second while it runs: what follows from them is read together, so
 * often and not more.
 */
export function useReadAgain(version: string, read: () => void): void {
  const latest = useRef(read);
  latest.current = read;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  // The version says when.
  useEffect(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      latest.current();
    }, againMs);
  }, [version]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
}
