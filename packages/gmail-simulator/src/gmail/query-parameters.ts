/** Path and parameters of a request's URL. */
export function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const mark = url.indexOf("?");
  if (mark === -1) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

/** `maxResults` within its bounds: Gmail lowers what is too much and takes the default for 0 or nonsense. */
export function readMaxResults(query: URLSearchParams, usual: number, most: number): number {
  const asked = Number(query.get("maxResults") ?? usual);
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, most) : usual;
}

/** A boolean parameter; absent is false. */
export function readFlag(query: URLSearchParams, name: string): boolean {
  return query.get(name)?.toLowerCase() === "true";
}

/** A repeated parameter. */
export function readList(query: URLSearchParams, name: string): string[] {
  return query.getAll(name).filter((value) => value !== "");
}
