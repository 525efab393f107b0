import { rootSlot } from "../generate/message-traits.ts";
import { writeMessage } from "../generate/write-message.ts";
import { hash32, hashText } from "../random.ts";
import { generatedKey } from "./generated-source.ts";
import { HistoryLog } from "./history-log.ts";
import { LabelTable } from "./label-table.ts";
import type { MessageSource } from "./message-source.ts";
import { SLOTS_MAX, SlotIds } from "./slot-ids.ts";

export interface MailboxOptions {
  readonly email: string;
  readonly source: MessageSource;
  readonly seed: number;
  /** The historyId before the first message. */
  readonly historyIdStart: bigint;
  /** Called after each change that history records. */
  readonly onChange?: (() => void) | undefined;
}

/** A message that came after the mailbox was made. */
interface AddedMessage {
  readonly dateMs: number;
  readonly labelIds: readonly string[];
  readonly threadSlot: number;
  /** Absent for generated mail, which is written again on demand. */
  readonly bytes?: Buffer;
}

export interface NewMessage {
  readonly bytes?: Buffer | undefined;
  readonly labelIds: readonly string[];
  readonly dateMs: number;
  readonly threadId?: string | undefined;
}

/**
 * One mailbox: a source of first messages that is never copied, and what changed since, in maps whose size is
 * that of the changes. Slots are arrival order; a slot, and so an id, is never used again.
 */
export class Mailbox {
  readonly email: string;
  readonly labels: LabelTable;
  readonly history: HistoryLog;
  /** Whether the refresh token works; revoking takes it away. */
  granted = true;
  /** When the newest refresh token was given on a person's consent; up to which time such tokens are revoked. */
  consentedAtMs = 0;
  revokedUpToMs = 0;
  /** What a person has allowed each client so far. */
  readonly scopesByClient = new Map<string, ReadonlySet<string>>();
  watch: { readonly topicName: string; readonly expirationMs: number } | null = null;
  /** Grows with every change, so that derived numbers know when they are stale. */
  version = 0;
  private readonly source: MessageSource;
  private readonly ids: SlotIds;
  private readonly key: number;
  private readonly historyIdStart: bigint;
  private readonly onChange: (() => void) | undefined;
  private readonly added: AddedMessage[] = [];
  private readonly deleted = new Set<number>();
  private readonly relabelled = new Map<number, readonly string[]>();
  private readonly historyIds = new Map<number, bigint>();
  private sourceThreads: number | null = null;

  constructor(options: MailboxOptions) {
    this.email = options.email;
    this.source = options.source;
    this.historyIdStart = options.historyIdStart;
    this.onChange = options.onChange;
    this.key = generatedKey(options.email, options.seed);
    this.ids = new SlotIds(hashText(`ids\n${options.seed}\n${options.email}`));
    this.labels = new LabelTable(options.source.userLabels);
    const newest = this.sourceHistoryId(Math.max(0, options.source.count - 1));
    this.history = new HistoryLog(newest, newest + BigInt(HISTORY_STRIDE), this.key);
  }

  /** One more than the newest slot. */
  get slotCount(): number {
    return this.source.count + this.added.length;
  }

  get messagesTotal(): number {
    return this.slotCount - this.deleted.size;
  }

  /** Threads of the first messages plus those started since; deletions do not lower it. An estimate. */
  get threadsTotal(): number {
    this.sourceThreads ??= countThreads(this.source);
    const started = this.added.filter((one, n) => one.threadSlot === this.source.count + n).length;
    return Math.min(this.sourceThreads + started, this.messagesTotal);
  }

  idOf(slot: number): string {
    return this.ids.toId(slot);
  }

  /** The slot of a message that exists, or null. */
  slotOf(id: string): number | null {
    const slot = this.ids.toSlot(id);
    return slot !== null && this.has(slot) ? slot : null;
  }

  has(slot: number): boolean {
    return slot >= 0 && slot < this.slotCount && !this.deleted.has(slot);
  }

  threadIdOf(slot: number): string {
    const added = this.added[slot - this.source.count];
    return this.idOf(added === undefined ? this.source.threadSlot(slot) : added.threadSlot);
  }

  labelIdsOf(slot: number): readonly string[] {
    const labelIds =
      this.relabelled.get(slot) ??
      this.added[slot - this.source.count]?.labelIds ??
      this.source.labelIds(slot);
    return this.labels.withoutRemoved(labelIds);
  }

  dateMsOf(slot: number): number {
    return this.added[slot - this.source.count]?.dateMs ?? this.source.dateMs(slot);
  }

  historyIdOf(slot: number): bigint {
    return this.historyIds.get(slot) ?? this.sourceHistoryId(slot);
  }

  /** The message's exact bytes. */
  read(slot: number): Buffer | Promise<Buffer> {
    const added = this.added[slot - this.source.count];
    if (added === undefined) return this.source.read(slot);
    return added.bytes ?? writeMessage({ key: this.key, email: this.email }, slot, added.dateMs);
  }

  /** Takes a message in, or a generated one when it brings no bytes. Returns its slot. */
  add(message: NewMessage): number {
    const slot = this.slotCount;
    if (slot >= SLOTS_MAX) throw new RangeError("the mailbox is full");
    const thread = message.threadId === undefined ? null : this.slotOf(message.threadId);
    const root = message.bytes === undefined ? rootSlot(this.key, slot) : slot;
    this.added.push({
      dateMs: message.dateMs,
      labelIds: message.labelIds,
      threadSlot: thread ?? root,
      ...(message.bytes === undefined ? {} : { bytes: message.bytes }),
    });
    this.record("messageAdded", slot, []);
    return slot;
  }

  delete(slot: number): void {
    this.record("messageDeleted", slot, []);
    this.deleted.add(slot);
    this.relabelled.delete(slot);
    this.historyIds.delete(slot);
    const added = this.added[slot - this.source.count];
    // Its thread must still be known to history; its bytes are not needed any more.
    if (added?.bytes !== undefined) this.added[slot - this.source.count] = { ...added, bytes: NO_BYTES };
  }

  /** Adds and removes labels; only real changes are recorded. */
  relabel(slot: number, add: readonly string[], remove: readonly string[]): void {
    const before = this.labelIdsOf(slot);
    const gone = before.filter((id) => remove.includes(id));
    const kept = before.filter((id) => !remove.includes(id));
    const fresh = [...new Set(add)].filter((id) => !kept.includes(id));
    this.relabelled.set(slot, [...kept, ...fresh]);
    if (gone.length > 0) this.record("labelRemoved", slot, gone);
    if (fresh.length > 0) this.record("labelAdded", slot, fresh);
  }

  async close(): Promise<void> {
    await this.source.close?.();
  }

  private record(
    type: "messageAdded" | "messageDeleted" | "labelAdded" | "labelRemoved",
    slot: number,
    changedLabelIds: readonly string[],
  ): void {
    const labelIds = this.labelIdsOf(slot);
    this.historyIds.set(slot, this.history.append({ type, slot, labelIds, changedLabelIds }));
    this.version++;
    this.onChange?.();
  }

  private sourceHistoryId(slot: number): bigint {
    return (
      this.historyIdStart + BigInt(slot * HISTORY_STRIDE + (hash32(this.key, slot, 20) % HISTORY_STRIDE))
    );
  }
}

const HISTORY_STRIDE = 23;
const NO_BYTES = Buffer.alloc(0);
/** Beyond this the number of threads is inferred: counting must not hold up a first call. */
const THREADS_COUNTED_MAX = 1_000_000;

function countThreads(source: MessageSource): number {
  const counted = Math.min(source.count, THREADS_COUNTED_MAX);
  let threads = 0;
  for (let slot = 0; slot < counted; slot++) if (source.threadSlot(slot) === slot) threads++;
  return counted === source.count ? threads : Math.round(threads * (source.count / counted));
}
