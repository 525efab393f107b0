/** What somebody looks for in a mailbox. */
export interface MailSearch {
  /** Null: all mail. */
  readonly label: string | null;
  readonly words: string;
}

export const firstSearch: MailSearch = { label: "INBOX", words: "" };

const place = "millrace.searches";
const searchesMax = 50;
const listeners = new Set<() => void>();
let searches: ReadonlyMap<string, MailSearch> = read();

/**
 * Searches by the key that stands in an entry of the browser's history. The words are somebody's mail matter: they are in no
 * address and in no entry, and go with the session.
 */
export const findSearch = (key: string | undefined): MailSearch =>
  (key === undefined ? undefined : searches.get(key)) ?? firstSearch;

export function keepSearch(key: string, search: MailSearch): void {
  const kept = [...searches].filter(([one]) => one !== key).slice(1 - searchesMax);
  searches = new Map([...kept, [key, search]]);
  sessionStorage.setItem(place, JSON.stringify([...searches]));
  tell();
}

export function forgetSearches(): void {
  searches = new Map();
  sessionStorage.removeItem(place);
  tell();
}

export function hearSearches(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}

function read(): ReadonlyMap<string, MailSearch> {
  try {
    return new Map(JSON.parse(sessionStorage.getItem(place) ?? "[]"));
  } catch {
    return new Map();
  }
}
