import { useEffect, useState } from "react";

const graceMs = 20_000;

/**
 * Whether somebody may be looking. A tab that has been hidden for a while gives its streams back: a browser has six
 * connections for all tabs of a server that speaks HTTP/1.1. When it is shown again, streams go on where they were.
 */
export function useIsWatched(): boolean {
  const [isWatched, setWatched] = useState(document.visibilityState !== "hidden");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => {
      clearTimeout(timer);
      if (document.visibilityState !== "hidden") setWatched(true);
      else timer = setTimeout(() => setWatched(false), graceMs);
    };
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  return isWatched;
}
