import type { MessageKind, PlannedMessage } from "../plan/plan-schedule.ts";

export interface MailboxMessage {
  readonly id: string;
  readonly kind: MessageKind;
  readonly isLabelled: boolean;
  /** What the mailbox's history counted when it came. */
  readonly cameAt: number;
  /** Null while it is there. */
  leftAt: number | null;
}

/** A mailbox at the provider: the truth. */
export class Mailbox {
  readonly accountId: string;
  /** In the order in which they came; those that left stay here. */
  readonly messages: MailboxMessage[] = [];
  readonly #byId = new Map<string, MailboxMessage>();
  /** Grows with each change. */
  history = 1_000;
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
    const message = { id, kind, isLabelled, cameAt: ++this.history, leftAt: null };
    this.messages.push(message);
    this.#byId.set(id, message);
  }

  find(id: string): MailboxMessage | null {
    return this.#byId.get(id) ?? null;
  }

  has(id: string): boolean {
    return this.find(id)?.leftAt === null;
  }

  present(): MailboxMessage[] {
    return this.messages.filter(({ leftAt }) => leftAt === null);
  }

  /** One of those that are there leaves; nothing when it is empty. */
  lose(which: number): void {
    const present = this.present();
    const message = present[which % Math.max(1, present.length)];
    if (message !== undefined) message.leftAt = ++this.history;
  }

  kindOf(id: string): MessageKind {
    return this.isHealed ? "good" : (this.find(id)?.kind ?? "good");
  }

  refuses(credentialsVersion: number): boolean {
    return this.refusedVersion !== null && credentialsVersion <= this.refusedVersion;
  }
}
