import type { Fact } from "@millrace/shared/events/facts";

/** Knows of mail only what facts tell. */
export class Follower {
  readonly #shown = new Map<string, Set<string>>();

  hear(accountId: string, fact: Fact): void {
    if (!("mail" in fact)) return;
    const shown = this.#shown.get(accountId) ?? new Set();
    // Of two works that store the same message at once, the later one tells of it as changed.
    for (const id of [...fact.mail.added, ...fact.mail.changed]) shown.add(id);
    for (const id of fact.mail.deleted) shown.delete(id);
    this.#shown.set(accountId, shown);
  }

  shown(accountId: string): ReadonlySet<string> {
    return this.#shown.get(accountId) ?? new Set();
  }
}
