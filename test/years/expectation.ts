import type { AccountRef } from "@millrace/shared/events/subjects";
import type { PeriodName, TenantPeriods } from "@millrace/shared/retention/tenant-periods";

const dayMs = 86_400_000;

/** What there is at all, each with a table (or the blob store) in which it must stand. */
export const kinds = [
  "syncs",
  "chunks",
  "letters",
  "letterContents",
  "syncEvents",
  "messages",
  "attachments",
  "tombstones",
  "requests",
  "notes",
  "auditEntries",
  "webhooks",
  "connectLinks",
] as const;
export type Kind = (typeof kinds)[number];

/** Something that is kept for a time, as somebody would say it who knows README and no SQL. */
export interface Kept {
  readonly kind: Kind;
  readonly key: string;
  readonly tenantId: string;
  /** Null: of no account, so no hold protects it. */
  readonly accountId: string | null;
  /** From when its time counts. Infinity: it does not yet. */
  sinceMs: number;
  /** The tenant's own period, where it has one. */
  readonly period: PeriodName | null;
  readonly days: number;
  /** A reason why it stays although it has had its time. */
  readonly isNeeded?: () => boolean;
  /** What goes with it. */
  readonly parts?: Kept[];
  /** The fact that an account was removed: it is counted as the account. */
  readonly isRemainder?: boolean;
}

export interface Content {
  readonly sizeBytes: number;
  putMs: number;
  readonly carriers: Set<string>;
}

/** What went, by tenant and kind. */
export type Gone = Map<string, Map<GoneKind, string[]>>;
export type GoneKind = Kind | "removedAccounts" | "blobs";

/** What must be there, and nothing else: kept by rules of its own, which know nothing of how the janitor finds what is due. */
export class Expectation {
  readonly periods = new Map<string, TenantPeriods>();
  readonly held = new Set<string>();
  readonly contents = new Map<string, Content>();
  /** What each attachment carries. */
  readonly #carried = new Map<string, string>();
  readonly #kept = new Map<Kind, Map<string, Kept>>(kinds.map((kind) => [kind, new Map()]));

  keep(kept: Kept): Kept {
    const ofKind = this.of(kept.kind);
    if (ofKind.has(kept.key) && kept.kind !== "tombstones")
      throw new Error(`${kept.kind} ${kept.key} is there twice`);
    ofKind.set(kept.key, kept);
    for (const part of kept.parts ?? []) this.of(part.kind).set(part.key, part);
    return kept;
  }

  /** It hangs on another that is kept, and goes with it. */
  keepWith(whole: Kept, part: Kept): void {
    whole.parts?.push(part);
    this.of(part.kind).set(part.key, part);
  }

  of(kind: Kind): Map<string, Kept> {
    return this.#kept.get(kind) as Map<string, Kept>;
  }

  /** A message carries content. */
  carry(sha256: string, sizeBytes: number, attachmentKey: string, putMs: number): void {
    const content = this.contents.get(sha256) ?? { sizeBytes, putMs, carriers: new Set() };
    content.putMs = putMs;
    content.carriers.add(attachmentKey);
    this.contents.set(sha256, content);
    this.#carried.set(attachmentKey, sha256);
  }

  /** Everything that has had its time goes. What goes is told by tenant. */
  retain(nowMs: number): Gone {
    const gone: Gone = new Map();
    for (const kind of kinds)
      for (const kept of [...this.of(kind).values()])
        if (kept.period !== null || kept.days > 0) if (this.#isDue(kept, nowMs)) this.#remove(kept, gone);
    return gone;
  }

  /** Contents that nothing carries and that were put before a time. @returns their names */
  dropOrphans(putBeforeMs: number): string[] {
    const orphans = [...this.contents].filter(
      ([, { carriers, putMs }]) => carriers.size === 0 && putMs < putBeforeMs,
    );
    for (const [sha256] of orphans) this.contents.delete(sha256);
    return orphans.map(([sha256]) => sha256);
  }

  /** The same, of those that these attachments carried. */
  dropOrphansOf(attachmentKeys: readonly string[], putBeforeMs: number): string[] {
    const mine = new Set(attachmentKeys.flatMap((key) => this.#carried.get(key) ?? []));
    const dropped = [...mine].filter((sha256) => {
      const content = this.contents.get(sha256);
      return content !== undefined && content.carriers.size === 0 && content.putMs < putBeforeMs;
    });
    for (const sha256 of dropped) this.contents.delete(sha256);
    return dropped;
  }

  /** Nothing of the account stays. @returns what there was of it */
  removeAccount({ accountId }: AccountRef): Gone {
    const gone: Gone = new Map();
    for (const kind of kinds)
      for (const kept of [...this.of(kind).values()])
        if (kept.accountId === accountId && this.of(kind).has(kept.key)) this.#remove(kept, gone);
    return gone;
  }

  #isDue({ sinceMs, tenantId, accountId, period, days, isNeeded }: Kept, nowMs: number): boolean {
    if (accountId !== null && this.held.has(accountId)) return false;
    const own = period === null ? undefined : this.periods.get(tenantId)?.[period];
    return nowMs - sinceMs > (own ?? days) * dayMs && isNeeded?.() !== true;
  }

  #remove(kept: Kept, gone: Gone, isPart = false): void {
    if (!this.of(kept.kind).delete(kept.key)) return;
    if (kept.kind === "attachments")
      this.contents.get(this.#carried.get(kept.key) ?? "")?.carriers.delete(kept.key);
    const ofTenant = gone.get(kept.tenantId) ?? new Map<GoneKind, string[]>();
    gone.set(kept.tenantId, ofTenant);
    const as = kept.isRemainder
      ? "removedAccounts"
      : isPart && kept.kind === "letterContents"
        ? "letters"
        : kept.kind;
    ofTenant.set(as, [...(ofTenant.get(as) ?? []), kept.key]);
    for (const part of kept.parts ?? []) this.#remove(part, gone, true);
  }
}

/** Something that goes with what it hangs on, and not by its own age. */
export const partOf = (whole: Pick<Kept, "tenantId" | "accountId">, kind: Kind, key: string): Kept => ({
  kind,
  key,
  tenantId: whole.tenantId,
  accountId: whole.accountId,
  sinceMs: Number.POSITIVE_INFINITY,
  period: null,
  days: 0,
  parts: [],
});
