import type { ContentMode } from "@millrace/shared/mail/mail-message";

/** The part of a sync or of a request that says how much of the mailbox it takes in. */
export interface Reach {
  readonly query?: string | undefined;
  readonly labelIds?: readonly string[] | undefined;
  readonly scope?: { readonly query?: string | undefined; readonly labelIds?: readonly string[] | undefined };
  readonly content: ContentMode;
  /** Exactly what a verification found, and nothing else. */
  readonly repairOf?: string | undefined;
  /** What a sync does, or is asked to do. */
  readonly mode: "auto" | "full" | "incremental";
  /** ISO 8601; a sync that began before does not cover this. */
  readonly notBefore?: string | undefined;
  /** ISO 8601; absent for what has not begun. */
  readonly startedAt?: string;
}

const contentRank: Readonly<Record<ContentMode, number>> = { metadata: 0, full: 1, raw: 2 };

/** True when everything that `wanted` asks for is part of `given`, so that a second sync would add nothing. */
export function covers(given: Reach, wanted: Reach): boolean {
  if (given.repairOf !== undefined || wanted.repairOf !== undefined) return false;
  if (hasBegunBefore(given, wanted)) return false;
  // Changes alone neither look at everything again, nor at what nothing has happened to.
  const asksForListing =
    wanted.mode === "full" || wanted.query !== undefined || wanted.labelIds !== undefined;
  if (given.mode !== "full" && asksForListing) return false;
  if (contentRank[given.content] < contentRank[wanted.content]) return false;
  const [has, asks] = [reachOf(given), reachOf(wanted)];
  if (has.query !== undefined && has.query !== asks.query) return false;
  // A listing bears all of its labels, so fewer labels list more.
  return has.labelIds.every((labelId) => asks.labelIds.includes(labelId));
}

function hasBegunBefore({ startedAt }: Reach, { notBefore }: Reach): boolean {
  return startedAt !== undefined && notBefore !== undefined && Date.parse(startedAt) < Date.parse(notBefore);
}

function reachOf({ scope, query, labelIds }: Reach): {
  query: string | undefined;
  labelIds: readonly string[];
} {
  return { query: scope?.query ?? query, labelIds: scope?.labelIds ?? labelIds ?? [] };
}
