import { useSyncExternalStore } from "react";
import { useLocation } from "wouter";
import { useHistoryState } from "wouter/use-browser-location";
import { findSearch, hearSearches, keepSearch, type MailSearch } from "../../session/mail-searches.ts";

/** What an entry of the browser's history knows of a search: where it is found, and whether another entry has it as well. */
export interface SearchMark {
  readonly search: string;
  readonly isShared: boolean;
}

/**
 * The search of this entry of the browser's history: reload, back and forward come to the same one again.
 *
 * @returns the search; how to change it; and what an entry bears that goes on with it
 */
export function useMailSearch(): readonly [
  search: MailSearch,
  change: (part: Partial<MailSearch>) => void,
  shared: SearchMark | null,
] {
  const [path, go] = useLocation();
  const mark = markOf(useHistoryState());
  const search = useSyncExternalStore(hearSearches, () => findSearch(mark?.search));
  const change = (part: Partial<MailSearch>): void => {
    const isOwn = mark !== null && !mark.isShared;
    // What other entries go back to stays what it was.
    const key = isOwn ? mark.search : newKey();
    keepSearch(key, { ...search, ...part });
    if (!isOwn) go(path, { replace: true, state: { search: key, isShared: false } satisfies SearchMark });
  };
  return [search, change, mark && { ...mark, isShared: true }];
}

function markOf(state: unknown): SearchMark | null {
  const { search, isShared } = (state ?? {}) as Partial<SearchMark>;
  return typeof search === "string" ? { search, isShared: isShared === true } : null;
}

const newKey = (): string => Math.random().toString(36).slice(2);
