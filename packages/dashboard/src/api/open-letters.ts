import type { Overview } from "@millrace/client";
import { useQuery } from "@tanstack/react-query";
import { useAccess } from "../session/millrace-context.tsx";
import { overviewKey } from "./watching.ts";

/** How many dead letters wait for somebody; undefined while that is not known, or nobody's to know. */
export function useOpenLetters(): number | undefined {
  const { millrace, me } = useAccess();
  const { data } = useQuery<Overview>({
    queryKey: overviewKey,
    queryFn: () => millrace.overview(),
    enabled: me.kind === "tenant",
    refetchInterval: 15_000,
  });
  return data?.deadLetters.open;
}
