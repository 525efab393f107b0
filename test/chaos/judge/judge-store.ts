import type { Account, World } from "../world/world.ts";
import { compareMailbox, type MailboxDifference, type StoredMail, type TrueMail } from "./compare-mailbox.ts";

interface Row {
  readonly id: string;
  readonly threadId: string | null;
  readonly labelIds: readonly string[];
  readonly receivedAt: Date | null;
  readonly sizeBytes: string;
  readonly content: string;
  readonly rawSha256: string | null;
  readonly contentSha256: string | null;
}

const rowsSql = `
  select m.provider_id as id, m.thread_id as "threadId", m.label_ids as "labelIds", m.received_at as "receivedAt",
    m.size_bytes as "sizeBytes", m.content, m.raw_sha256 as "rawSha256", encode(sha256(c.raw), 'hex') as "contentSha256"
  from messages m left join message_contents c on c.account_id = m.account_id and c.provider_id = m.provider_id
  where m.account_id = $1 and m.deleted_at is null`;

export interface StoreJudgement {
  readonly account: Account;
  readonly messages: number;
  readonly difference: MailboxDifference;
}

/** What a listing does not show. */
const hiding: ReadonlySet<string> = new Set(["TRASH", "SPAM"]);

/** Compares the store with the simulator, mailbox by mailbox. Rows that are marked as deleted do not count. */
export async function judgeStore(world: World): Promise<StoreJudgement[]> {
  const judgements: StoreJudgement[] = [];
  for (const account of world.accounts) {
    const truth: TrueMail[] = [];
    for await (const mail of world.simulator.truth(account.email))
      if (!mail.labelIds.some((label) => hiding.has(label))) truth.push(mail);
    const rows = await world.database.query<Row>(rowsSql, [account.accountId]);
    const difference = compareMailbox(truth, rows.map(storedMail), account.content);
    judgements.push({ account, messages: truth.length, difference });
  }
  return judgements;
}

function storedMail({ receivedAt, sizeBytes, ...row }: Row): StoredMail {
  return { ...row, receivedAtMs: receivedAt?.getTime() ?? null, sizeBytes: Number(sizeBytes) };
}
