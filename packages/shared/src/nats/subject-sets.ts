/**
 * Subjects with wildcards as sets: `*` stands for one token, `>` for one or more at the end. Only two are looked at at
 * a time: `a.>` that somebody granted in two parts, `a.*` and `a.*.>`, is not recognised.
 */

/** Whether every subject that `inner` stands for is one that `outer` stands for. */
export function covers(outer: string, inner: string): boolean {
  const [wide, narrow] = [outer.split("."), inner.split(".")];
  for (const [at, token] of wide.entries()) {
    const other = narrow[at];
    if (other === undefined) return false;
    if (token === ">") return true;
    if (other === ">" || (token !== "*" && token !== other)) return false;
  }
  return wide.length === narrow.length;
}

/** The subjects that both stand for, which one subject names as well; null when there are none. */
export function intersect(one: string, other: string): string | null {
  const [left, right] = [one.split("."), other.split(".")];
  const both: string[] = [];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [a, b] = [left[at], right[at]];
    if (a === undefined || b === undefined) return null;
    if (a === ">") return [...both, ...right.slice(at)].join(".");
    if (b === ">") return [...both, ...left.slice(at)].join(".");
    if (a !== "*" && b !== "*" && a !== b) return null;
    both.push(a === "*" ? b : a);
  }
  return both.join(".");
}
