export type FindingStatus = "ok" | "warn" | "fail" | "skipped";

/** What the doctor has looked at, and found. */
export interface Finding {
  /** What was looked at: "broker.streams". The same from one version to the next. */
  readonly check: string;
  readonly status: FindingStatus;
  readonly found: string;
  /** What to do; null where nothing is to be done. */
  readonly todo: string | null;
}

export const ok = (check: string, found: string): Finding => ({ check, status: "ok", found, todo: null });
export const warn = (check: string, found: string, todo: string): Finding => ({
  check,
  status: "warn",
  found,
  todo,
});
export const fail = (check: string, found: string, todo: string): Finding => ({
  check,
  status: "fail",
  found,
  todo,
});
/** It could not be looked at. @param todo what to give, so that it can be */
export const skipped = (check: string, found: string, todo: string | null = null): Finding => ({
  check,
  status: "skipped",
  found,
  todo,
});

/** Of several things that are too many to say: the first ones, and how many more there are. */
export function someOf(names: readonly string[], max = 3): string {
  const more = names.length - max;
  return `${names.slice(0, max).join(", ")}${more > 0 ? `, and ${more} more` : ""}`;
}
