import type { Account, Verification } from "@millrace/client";
import { plural } from "../../format/numbers.ts";

type Standing = Pick<Account["verification"], "lastAt" | "differences" | "driftsInRow">;

/** What the last comparison of a mailbox with its copy has found; null: there was none. */
export function standingOf({ lastAt, differences, driftsInRow }: Standing): string | null {
  if (lastAt === null) return null;
  const found = (differences ?? 0) === 0 ? "no difference" : plural(differences ?? 0, "difference");
  return driftsInRow < 2
    ? found
    : `${found}, in ${driftsInRow} comparisons in a row: somebody should look why`;
}

type Asked = Pick<Verification, "status" | "listed" | "missing" | "extra" | "changed" | "failure">;

/** How a comparison that somebody has asked for stands, or what it found. */
export function comparisonOf({ status, listed, missing, extra, changed, failure }: Asked): string {
  if (status === "running") return `Comparing: ${plural(listed, "message")} of the mailbox listed so far`;
  if (status === "failed") return `It could not be compared. ${failure?.message ?? ""}`.trimEnd();
  const kinds = [
    [missing, "missing here"],
    [extra, "not in the mailbox any more"],
    [changed, "with other labels"],
  ] as const;
  const found = kinds.flatMap(([n, words]) =>
    n === null || n === 0 ? [] : [`${plural(n, "message")} ${words}`],
  );
  return found.length === 0
    ? `The copy is what the mailbox is: ${plural(listed, "message")} compared`
    : `${found.join(", ")}; of ${plural(listed, "message")}`;
}
