import { isNobodyWorking, type Sync, type TimeLeft, timeLeft, toldAtMs } from "@millrace/client";
import { useQuery } from "@tanstack/react-query";
import { useConnection } from "../live/connection.ts";
import { useAccess } from "../session/millrace-context.tsx";
import { useNow } from "../ui/time.tsx";

const lookEveryMs = 15_000;

/** How long a sync still takes, as the time passes; nothing is said of its stillness while the server is not heard. */
export function useTimeLeft(sync: Sync): TimeLeft {
  const nowMs = useNow();
  const isLive = useConnection() === "live";
  return timeLeft(sync, { toldAtMs: toldAtMs(sync), nowMs, isLive });
}

/** Whether what is still is so because no worker takes chunks, as the overview's numbers show it. */
export function useNobodyWorks(left: TimeLeft): boolean {
  const { millrace, me } = useAccess();
  const isStill = left.kind === "still";
  const { data } = useQuery({
    queryKey: ["overview", "of the still"],
    enabled: isStill && me.kind === "tenant",
    refetchInterval: lookEveryMs,
    queryFn: ({ signal }) => millrace.overview({ signal }),
  });
  return isStill && data !== undefined && isNobodyWorking(data, left.seconds);
}
