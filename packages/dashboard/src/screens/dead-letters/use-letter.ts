import type { DeadLetter } from "@millrace/client";
import { useQuery } from "@tanstack/react-query";
import { useAccess } from "../../session/millrace-context.tsx";
import { isMissing } from "../../ui/missing.tsx";

const readAgainMs = 2_000;
/** Nothing becomes of it any more. */
const isSettled = ({ state }: DeadLetter): boolean => state === "resolved" || state === "discarded";

/**
 * The letter that an address names: one of those that are shown, or, as whoever sends it may look at others, read by its id; and
 * read on, as it may be tried again and so leave the list.
 */
export function useLetter(
  id: string | null,
  shown: readonly DeadLetter[] | undefined,
): { readonly letter: DeadLetter | undefined; readonly isMissing: boolean } {
  const { millrace } = useAccess();
  const known = shown?.find((letter) => letter.id === id);
  const read = useQuery<DeadLetter>({
    queryKey: ["letters", "one", id],
    enabled: id !== null && shown !== undefined,
    refetchInterval: ({ state: { data } }) => (data !== undefined && isSettled(data) ? false : readAgainMs),
    queryFn: ({ signal }) => millrace.deadLetters.get(id ?? "", { signal }),
  });
  return {
    letter: id === null ? undefined : (read.data ?? known),
    isMissing: id !== null && known === undefined && isMissing(read.error),
  };
}
