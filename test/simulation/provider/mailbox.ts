import type { HiddenAs, MessageChange } from "@millrace/shared/providers/mail-provider";
import type { MessageKind, PlannedMessage } from "../plan/plan-schedule.ts";

export interface MailboxMessage {
  readonly id: string;
  readonly kind: MessageKind;
  readonly labels: readonly string[];
  /** What the mailbox's history counted when it came. */
  readonly cameAt: number;
  /** The place of its last change in the mailbox's history; that a label was deleted is none. */
  readonly changedAt: number;
  /** It was deleted for good. */
  readonly hasLeft: boolean;
  /** It was in trash or spam, now or earlier. */
  readonly wasHidden: boolean;
}

/** The label that syncs of a part of the mailbox ask for; nobody deletes it. */
const lastingLabel = "A";

/** Where a message with these labels is; null where a listing shows it. */
export function hiddenAs(labels: readonly string[]): HiddenAs | null {
  if (labels.includes("TRASH")) return "trash";
  return labels.includes("SPAM") ? "spam" : null;
}

/** A mailbox at the provider: the truth. */
export class Mailbox {
  readonly accountId: string;
  /** In the order in which they came; those that left stay here. Each is replaced when it changes. */
  readonly messages: MailboxMessage[] = [];
  readonly #places = new Map<string, number>();
  /** What has happened, in order; that a label was deleted is not told. */
  readonly records: MessageChange[] = [];
  readonly labels = new Set([lastingLabel, "B", "C"]);
  #labelsMade = 0;
  /** Grows with each change. */
  history = 1_000;
  /** What happened up to here is forgotten: changes are not told from before it. */
  forgottenTo = 0;
  /** Access is refused, to these credentials and to older ones; null: it is not. */
  refusedVersion: number | null = null;
  /** What was odd is like any other now. */
  isHealed = false;

  constructor(accountId: string, messages: readonly PlannedMessage[]) {
    this.accountId = accountId;
    for (const message of messages) this.receive(message);
  }

  receive({ kind, isLabelled }: PlannedMessage): void {
    const id = `${this.accountId}-m${this.messages.length}`;
    const labels = isLabelled ? [lastingLabel] : [];
    const at = ++this.history;
    this.#places.set(id, this.messages.length);
    this.messages.push({ id, kind, labels, cameAt: at, changedAt: at, hasLeft: false, wasHidden: false });
    this.records.push({ id, kind: "appeared", at: String(at), added: [], removed: [], hiddenAs: null });
  }

  find(id: string): MailboxMessage | null {
    return this.messages[this.#places.get(id) ?? -1] ?? null;
  }

  /** Until it is deleted for good. */
  has(id: string): boolean {
    return this.find(id)?.hasLeft === false;
  }

  /** Those that were not deleted. */
  present(): MailboxMessage[] {
    return this.messages.filter(({ hasLeft }) => !hasLeft);
  }

  /** Those that a listing shows. */
  shown(): MailboxMessage[] {
    return this.present().filter(({ labels }) => hiddenAs(labels) === null);
  }

  /** One of those that are there leaves; nothing when it is empty. */
  lose(which: number): void {
    const message = this.#pick(which);
    if (message === null) return;
    const at = ++this.history;
    this.#put({ ...message, changedAt: at, hasLeft: true });
    this.records.push({
      id: message.id,
      kind: "vanished",
      at: String(at),
      added: [],
      removed: [],
      hiddenAs: null,
    });
  }

  /** A message comes, leaves, goes to where a listing does not show it, comes back, or has other labels. */
  change(which: number, how: number): void {
    const message = this.#pick(which);
    const place = how % 8;
    if (message === null || place === 0) this.receive({ kind: "good", isLabelled: which % 2 === 1 });
    else if (place === 1) this.lose(which);
    else if (place <= 3) this.#hideOrShow(message, place === 2 ? "TRASH" : "SPAM");
    else {
      const labels = [...this.labels];
      const label = labels[Math.floor(how / 8) % labels.length] ?? lastingLabel;
      if (message.labels.includes(label)) this.relabel(message, [], [label]);
      else this.relabel(message, [label], []);
    }
  }

  #hideOrShow(message: MailboxMessage, label: string): void {
    const hiding = message.labels.filter((other) => hiddenAs([other]) !== null);
    if (hiding.length > 0) this.relabel(message, [], hiding);
    else this.relabel(message, [label], []);
  }

  relabel(message: MailboxMessage, added: readonly string[], removed: readonly string[]): void {
    const at = ++this.history;
    const labels = [...message.labels.filter((label) => !removed.includes(label)), ...added];
    const hidden = hiddenAs(labels);
    this.#put({ ...message, labels, changedAt: at, wasHidden: message.wasHidden || hidden !== null });
    const shows = hiddenAs(removed) !== null;
    const kind = hidden !== null ? "hidden" : shows ? "appeared" : "relabelled";
    this.records.push({ id: message.id, kind, at: String(at), added, removed, hiddenAs: hidden });
  }

  makeLabel(): void {
    this.labels.add(`L${++this.#labelsMade}`);
  }

  /** Its messages do not bear it any more, and no record says so. */
  deleteLabel(which: number): void {
    const deletable = [...this.labels].filter((label) => label !== lastingLabel);
    const label = deletable[which % Math.max(1, deletable.length)];
    if (label === undefined) return;
    this.labels.delete(label);
    for (const message of this.messages) {
      if (message.labels.includes(label))
        this.#put({ ...message, labels: message.labels.filter((other) => other !== label) });
    }
  }

  /** What has happened so far can be told no more. */
  forgetHistory(): void {
    this.forgottenTo = this.history;
  }

  kindOf(id: string): MessageKind {
    return this.isHealed ? "good" : (this.find(id)?.kind ?? "good");
  }

  refuses(credentialsVersion: number): boolean {
    return this.refusedVersion !== null && credentialsVersion <= this.refusedVersion;
  }

  #pick(which: number): MailboxMessage | null {
    const present = this.present();
    return present[which % Math.max(1, present.length)] ?? null;
  }

  #put(message: MailboxMessage): void {
    this.messages[this.#places.get(message.id) ?? this.messages.length] = message;
  }
}
