import { useEffect, useState } from "react";

const tickMs = 5_000;

/** The time as it passes, in milliseconds since 1970, so that what is told of an age is right also while nothing comes. */
export function useNowMs(isPassing: boolean): number {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!isPassing) return;
    const timer = setInterval(() => tick((ticks) => ticks + 1), tickMs);
    return () => clearInterval(timer);
  }, [isPassing]);
  return Date.now();
}
