import type { World } from "../world/world.ts";

interface LetterRow {
  readonly accountId: string;
  readonly providerId: string | null;
  readonly syncId: string;
  readonly category: string;
  readonly error: string;
  readonly state: string;
}

const sql = `
  select account_id as "accountId", provider_id as "providerId", sync_id as "syncId", category, error, state
  from dead_letters`;

export interface LetterJudgement {
  /** All that there ever were. */
  readonly total: number;
  /** Set aside although nothing was wrong with the message: waiting is not failing (rule I6). */
  readonly unplanned: readonly string[];
  /** Neither found nor discarded, although they were redriven when nothing was wrong any more. */
  readonly left: readonly string[];
}

/** Dead letters may only be what was planted as one, and none may be left. */
export async function judgeLetters({ database, accounts, badMessages }: World): Promise<LetterJudgement> {
  const rows = await database.query<LetterRow>(sql);
  const emails = new Map(accounts.map(({ accountId, email }) => [accountId, email]));
  const describe = (row: LetterRow): string =>
    `${emails.get(row.accountId)} ${row.providerId} of ${row.syncId}: ${row.category}, ${row.error} (${row.state})`;
  const isPlanted = (row: LetterRow): boolean =>
    badMessages.has(`${emails.get(row.accountId)} ${row.providerId}`);
  return {
    total: rows.length,
    unplanned: rows.filter((row) => !isPlanted(row)).map(describe),
    left: rows.filter(({ state }) => state === "open" || state === "redriving").map(describe),
  };
}
