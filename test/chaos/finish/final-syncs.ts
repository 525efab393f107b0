import type { OpenSync } from "../judge/stuck-syncs.ts";
import type { AcceptedSync } from "../load/sync-register.ts";
import { pause } from "../world/pause.ts";
import type { Account, World } from "../world/world.ts";
import { awaitEnds } from "./await-ends.ts";

const retryMs = 500;
const askTimeoutMs = 30_000;
const attemptsMax = 5;
const coveringMs = 60_000;

/** What was asked for last, and what of it has not ended. */
export interface FinalSyncs {
  /** One a mailbox. */
  readonly finals: readonly AcceptedSync[];
  readonly open: readonly OpenSync[];
}

/**
 * One last sync of every mailbox, now that nothing changes any more, waited for until its end. One that another covers,
 * which still ran, is asked for again: that other one has listed while the mailbox changed. Every other mailbox is listed
 * anew as a whole; of the rest the last changes have to do.
 *
 * @param patienceMs how long one may stand still
 */
export async function runFinalSyncs(
  world: World,
  patienceMs: number,
  signal: AbortSignal,
): Promise<FinalSyncs> {
  const finals = new Map<string, AcceptedSync>();
  let open: readonly OpenSync[] = [];
  let accounts = world.accounts;
  for (let attempt = 1; accounts.length > 0 && attempt <= attemptsMax; attempt++) {
    const asked = await Promise.all(
      accounts.map((account) => {
        const mode = world.accounts.indexOf(account) % 2 === 0 ? "full" : "auto";
        return askForFinalSync(world, account, mode, attempt);
      }),
    );
    for (const sync of asked) finals.set(sync.accountId, sync);
    const ends = await awaitEnds(world, asked, patienceMs, signal);
    open = [...open, ...ends.open];
    const covered = await coveredOf(world, asked);
    accounts = accounts.filter(({ accountId }) => covered.has(accountId));
    await awaitEnds(world, [...covered.values()], coveringMs, signal);
  }
  return { finals: [...finals.values()], open };
}

/** Accounts whose sync was coalesced, with the sync that covers it. */
async function coveredOf(
  { database }: World,
  asked: readonly AcceptedSync[],
): Promise<Map<string, AcceptedSync>> {
  const rows = await database.query<{ id: string; covering: string }>(
    "select id, coalesced_into as covering from syncs where id = any($1) and coalesced_into is not null",
    [asked.map(({ id }) => id)],
  );
  const covering = new Map(rows.map((row) => [row.id, row.covering]));
  return new Map(
    asked.flatMap((sync) => {
      const id = covering.get(sync.id);
      return id === undefined ? [] : [[sync.accountId, { ...sync, id }] as const];
    }),
  );
}

async function askForFinalSync(
  { register }: World,
  account: Account,
  mode: "auto" | "full",
  attempt: number,
): Promise<AcceptedSync> {
  const { api, accountId, tenantId } = account;
  const deadline = AbortSignal.timeout(askTimeoutMs);
  for (;;) {
    const answer = await api
      .call({
        method: "POST",
        path: "/v1/syncs",
        body: { accountId, mode },
        headers: { "idempotency-key": `final-${attempt}-${accountId}` },
      })
      .catch(() => null);
    if (answer?.status === 202) {
      const id = String(answer.body.syncId);
      const sync: AcceptedSync = { id, tenantId, accountId, how: "http", acceptedAtMs: Date.now() };
      register.accept(sync);
      return sync;
    }
    if (deadline.aborted)
      throw new Error(`The last sync of ${account.email} is not accepted: ${answer?.status}`);
    await pause(retryMs, deadline);
  }
}
