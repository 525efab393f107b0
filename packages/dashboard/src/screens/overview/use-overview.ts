import type { Activity, Overview } from "@millrace/client";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { overviewKey } from "../../api/watching.ts";
import { useStream } from "../../live/use-stream.ts";
import { useAccess } from "../../session/millrace-context.tsx";

/** How things are, read once and then told live. */
export function useOverview() {
  const { millrace } = useAccess();
  const queries = useQueryClient();
  const read = useQuery<Overview>({
    queryKey: overviewKey,
    queryFn: ({ signal }) => millrace.overview({ signal }),
  });
  useStream(
    "overview",
    (options) => millrace.watchOverview(options),
    (overview) => {
      // The API's clock decides: an answer that was under way is older than what the stream has told meanwhile.
      queries.setQueryData<Overview>(overviewKey, (before) =>
        before !== undefined && before.at > overview.at ? before : overview,
      );
    },
  );
  return read;
}

const activityMs = 10_000;

export function useActivity(minutes: number) {
  const { millrace } = useAccess();
  return useQuery<Activity>({
    queryKey: ["activity", minutes],
    queryFn: ({ signal }) => millrace.activity({ minutes }, { signal }),
    refetchInterval: activityMs,
    placeholderData: keepPreviousData,
  });
}
