/** A message as a stream holds it. */
export interface StoredMessage {
  readonly seq: number;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** What the body says. */
  readonly json: unknown;
  readonly storedAtMs: number;
}

export interface Publication {
  readonly subject: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** Absent: it is never taken for a duplicate. */
  readonly messageId?: string;
  /** The sequence that must be the last one of the subject. */
  readonly expectedSeq?: number | null;
  /** The subject that is meant, or all that differ in the last token only, for one that ends in `.*`; else its own. */
  readonly expectedOn?: string | undefined;
}

export type PublishResult =
  | { readonly kind: "stored"; readonly message: StoredMessage }
  | { readonly kind: "duplicate"; readonly seq: number }
  | { readonly kind: "wrong_sequence" };

const duplicateWindowMs = 2 * 60_000;

/** A stream with JetStream's rules for message ids and expected sequences. */
export class MemoryStream {
  readonly name: string;
  /** As the broker writes it: another value means another stream. */
  created: string;
  lastSeq = 0;
  readonly messages = new Map<number, StoredMessage>();
  readonly #isDuplicateFirst: boolean;
  readonly #lastOf = new Map<string, number>();
  readonly #seen = new Map<string, { readonly seq: number; readonly atMs: number }>();

  constructor(name: string, created: string, isDuplicateFirst: boolean) {
    this.name = name;
    this.created = created;
    this.#isDuplicateFirst = isDuplicateFirst;
  }

  publish(
    { subject, headers = {}, body, messageId, expectedSeq, expectedOn = subject }: Publication,
    nowMs: number,
  ): PublishResult {
    const isWrong =
      expectedSeq !== undefined &&
      expectedSeq !== null &&
      expectedSeq !== (this.#lastOf.get(expectedOn) ?? 0);
    const seen = messageId === undefined ? undefined : this.#seen.get(messageId);
    const isDuplicate = seen !== undefined && nowMs - seen.atMs < duplicateWindowMs;
    if (isWrong && !(this.#isDuplicateFirst && isDuplicate)) return { kind: "wrong_sequence" };
    if (isDuplicate) return { kind: "duplicate", seq: seen.seq };
    const seq = ++this.lastSeq;
    if (messageId !== undefined) this.#seen.set(messageId, { seq, atMs: nowMs });
    const json: unknown = JSON.parse(body);
    const message = { seq, subject, headers, body: Buffer.from(body), json, storedAtMs: nowMs };
    this.#hold(message);
    return { kind: "stored", message };
  }

  /** The last message of a subject, or of all that differ in the last token only, for one that ends in `.*`. */
  last(subject: string): StoredMessage | null {
    return this.messages.get(this.#lastOf.get(subject) ?? 0) ?? null;
  }

  get firstSeq(): number {
    for (const seq of this.messages.keys()) return seq;
    return this.lastSeq + 1;
  }

  /** Of what is there: under `lastSeq` when the newest messages were removed. */
  get newestSeq(): number {
    if (this.messages.has(this.lastSeq)) return this.lastSeq;
    let newest = 0;
    for (const seq of this.messages.keys()) newest = seq;
    return newest;
  }

  delete(seq: number): void {
    this.messages.delete(seq);
  }

  /** Removes messages, as if they had never been: what is expected to be last of their subjects is what is left. */
  purge(isMeant: (message: StoredMessage) => boolean): void {
    const kept = [...this.messages.values()].filter((message) => !isMeant(message));
    this.messages.clear();
    this.#lastOf.clear();
    for (const message of kept) this.#hold(message);
  }

  /** Made anew, empty. */
  recreate(created: string): void {
    this.created = created;
    this.cutTo(0);
  }

  /** As it was when its last message was this one. */
  cutTo(lastSeq: number): void {
    const kept = [...this.messages.values()].filter(({ seq }) => seq <= lastSeq);
    this.lastSeq = lastSeq;
    this.messages.clear();
    this.#lastOf.clear();
    this.#seen.clear();
    for (const message of kept) this.#hold(message);
  }

  #hold(message: StoredMessage): void {
    const { seq, subject } = message;
    this.messages.set(seq, message);
    this.#lastOf.set(subject, seq);
    this.#lastOf.set(`${subject.slice(0, subject.lastIndexOf("."))}.*`, seq);
  }
}
