import type { Fact } from "@millrace/shared/events/facts";

/** Knows of mail only what facts tell. */
export class Follower {
  readonly #shown = new Map<string, Set<string>>();

  /** Accounts with syncs that ended without telling what they had stored by then. */
  readonly #untold = new Set<string>();

  hear(accountId: string, fact: Fact): void {
    if (fact.type === "sync.cancelled" || fact.type === "sync.failed") this.#untold.add(accountId);
    if (!("mail" in fact)) return;
    const shown = this.#shown.get(accountId) ?? new Set();
    // Of two works that store the same message at once, the later one tells of it as changed.
    for (const id of [...fact.mail.added, ...fact.mail.changed]) shown.add(id);
    for (const id of fact.mail.deleted) shown.delete(id);
    this.#shown.set(accountId, shown);
  }

  /** Null when it may lack something. */
  shown(accountId: string): ReadonlySet<string> | null {
    if (this.#untold.has(accountId)) return null;
    return this.#shown.get(accountId) ?? new Set();
  }
}
