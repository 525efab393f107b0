import { useQuery } from "@tanstack/react-query";
import { MailWarning } from "lucide-react";
import { Link } from "wouter";
import { plural } from "../../format/numbers.ts";
import { useAccess } from "../../session/millrace-context.tsx";

/** So many are counted; more are "more than". */
const countedMax = 100;

/** How many dead letters of a mailbox wait for somebody, and the way to them. */
export function AccountLetters({ accountId }: { readonly accountId: string }) {
  const { millrace, me } = useAccess();
  const { data } = useQuery({
    queryKey: ["letters", "of", accountId],
    enabled: me.kind === "tenant",
    refetchInterval: 15_000,
    queryFn: ({ signal }) =>
      millrace.deadLetters.list({ accountId, state: "open" }).page({ limit: countedMax, signal }),
  });
  if (data === undefined) return null;
  const { length } = data.items;
  const words = `${data.nextCursor === null ? "" : "more than "}${plural(length, "dead letter")}`;
  return (
    <Link href={`/dead-letters?account=${accountId}`} className={length > 0 ? "row bad" : "row"}>
      <MailWarning size={14} aria-hidden /> {length > 0 ? `${words} open` : "No open dead letters"}
    </Link>
  );
}
