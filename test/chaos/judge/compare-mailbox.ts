/** A message as the provider has it. */
export interface TrueMail {
  readonly id: string;
  readonly threadId: string;
  readonly labelIds: readonly string[];
  readonly internalDateMs: number;
  /** Hex digest of the raw bytes. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** A row of the store. */
export interface StoredMail {
  readonly id: string;
  readonly threadId: string | null;
  readonly labelIds: readonly string[];
  readonly receivedAtMs: number | null;
  readonly sizeBytes: number;
  readonly content: string;
  /** What the store says that the digest of the raw bytes is; null when it keeps none. */
  readonly rawSha256: string | null;
  /** The digest of the bytes that the store really holds; null when it holds none. */
  readonly contentSha256: string | null;
}

/** Ids, each list in the order in which they were met. */
export interface MailboxDifference {
  /** The provider has them, the store has not. */
  readonly lost: readonly string[];
  /** The store has them more than once: each further row. */
  readonly duplicated: readonly string[];
  /** The store has them, the provider has not. */
  readonly extra: readonly string[];
  readonly labelsWrong: readonly string[];
  /** Raw bytes, size, date or thread are not the provider's. */
  readonly digestWrong: readonly string[];
}

/**
 * Compares a mailbox with its copy, message by message.
 *
 * @param content what the account keeps: only `raw` has bytes to compare
 */
export function compareMailbox(
  truth: readonly TrueMail[],
  stored: readonly StoredMail[],
  content: string,
): MailboxDifference {
  const rows = new Map<string, StoredMail>();
  const duplicated: string[] = [];
  for (const row of stored) {
    if (rows.has(row.id)) duplicated.push(row.id);
    else rows.set(row.id, row);
  }
  const lost: string[] = [];
  const labelsWrong: string[] = [];
  const digestWrong: string[] = [];
  for (const mail of truth) {
    const row = rows.get(mail.id);
    rows.delete(mail.id);
    if (row === undefined) {
      lost.push(mail.id);
      continue;
    }
    if (!sameLabels(row.labelIds, mail.labelIds)) labelsWrong.push(mail.id);
    if (!sameMail(row, mail, content)) digestWrong.push(mail.id);
  }
  return { lost, duplicated, extra: [...rows.keys()], labelsWrong, digestWrong };
}

function sameLabels(a: readonly string[], b: readonly string[]): boolean {
  const [left, right] = [new Set(a), new Set(b)];
  return left.size === right.size && [...left].every((label) => right.has(label));
}

function sameMail(row: StoredMail, mail: TrueMail, content: string): boolean {
  const sameFields =
    row.content === content &&
    row.sizeBytes === mail.sizeBytes &&
    row.receivedAtMs === mail.internalDateMs &&
    row.threadId === mail.threadId;
  if (content !== "raw") return sameFields;
  return sameFields && row.rawSha256 === mail.sha256 && row.contentSha256 === mail.sha256;
}
