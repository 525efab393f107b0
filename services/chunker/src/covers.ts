import type { ContentMode } from "@millrace/shared/mail/mail-message";

/** The part of a sync or of a request that says how much of the mailbox it takes in. */
export interface Reach {
  readonly query?: string | undefined;
  readonly labelIds?: readonly string[] | undefined;
  readonly scope?: { readonly query?: string | undefined; readonly labelIds?: readonly string[] | undefined };
  readonly content: ContentMode;
}

const contentRank: Readonly<Record<ContentMode, number>> = { metadata: 0, full: 1, raw: 2 };

/** True when everything that `wanted` asks for is part of `given`, so that a second sync would add nothing. */
export function covers(given: Reach, wanted: Reach): boolean {
  if (contentRank[given.content] < contentRank[wanted.content]) return false;
  const [has, asks] = [reachOf(given), reachOf(wanted)];
  if (has.query !== undefined && has.query !== asks.query) return false;
  // A listing bears all of its labels, so fewer labels list more.
  return has.labelIds.every((labelId) => asks.labelIds.includes(labelId));
}

function reachOf({ scope, query, labelIds }: Reach): {
  query: string | undefined;
  labelIds: readonly string[];
} {
  return { query: scope?.query ?? query, labelIds: scope?.labelIds ?? labelIds ?? [] };
}
