/** Longer ones do not fit into what browsers and proxies take, with the query that is added. */
const charsMax = 2_000;
/** What browsers, proxies and servers read differently: a backslash, white space, and slashes and dots in disguise. */
const ambiguous = /[\\\s\p{Cc}]|%(?:2f|5c|2e|00)/iu;

/**
 * An address that a browser may be sent to: https, or http on the own machine; without user info, fragment, and whatever
 * is read differently by others. Null for anything else.
 */
export function parseReturnUrl(text: string): URL | null {
  if (text.length > charsMax || text.includes("#") || ambiguous.test(text.split("?", 1)[0] ?? ""))
    return null;
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "" || /[\\\s\p{Cc}]/u.test(text)) return null;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)) ? url : null;
}

/**
 * Whether an address is below one of those that a tenant allows: of the same origin, and with a path that is theirs or
 * goes on after a slash. An entry that is no address that a browser may be sent to allows nothing.
 */
export function isAllowedReturn(url: URL, allowed: readonly string[]): boolean {
  return allowed.some((entry) => {
    const base = parseReturnUrl(entry);
    if (base === null || base.search !== "" || base.origin !== url.origin) return false;
    const folder = base.pathname.endsWith("/") ? base.pathname : `${base.pathname}/`;
    return url.pathname === base.pathname || url.pathname.startsWith(folder);
  });
}

/** The address with what came of it. Parameters of these names that it had are replaced. */
export function withOutcome(returnUrl: string, outcome: ReturnOutcome): string {
  const url = new URL(returnUrl);
  for (const name of outcomeNames) url.searchParams.delete(name);
  for (const [name, value] of Object.entries(outcome)) url.searchParams.set(name, value);
  return url.href;
}

export type ReturnOutcome =
  | { readonly status: "connected"; readonly accountId: string; readonly receipt: string }
  | { readonly status: "failed"; readonly error: string };

const outcomeNames = ["status", "accountId", "receipt", "error"];

/** As the URL parser writes hosts. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
