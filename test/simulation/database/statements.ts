import type { Fact } from "@millrace/shared/events/facts";
import type { PositionedEvent } from "@millrace/shared/projection/project-batch";
import { hasEnded, isAfter, type SyncView } from "@millrace/shared/projection/views";
import { lineStatements, waitsInLine } from "./line-statements.ts";
import { mailboxStatements } from "./mailbox-statements.ts";
import type { Tables } from "./memory-database.ts";
import { removalStatements } from "./removal-statements.ts";
import { storeStatements } from "./store-statements.ts";

/** The rows that a statement gives. @param values its parameters, the first being $1 */
type Answer = (tables: Tables, values: readonly unknown[], world: StatementWorld) => object[];

/** What a statement depends on beside the tables. */
export interface StatementWorld {
  readonly nowMs: number;
  /** True for a message whose data the database does not take. */
  readonly isRefused: (messageId: string) => boolean;
}

/** A statement of the services, and what it says over the tables in memory. */
export interface Statement {
  readonly what: string;
  /** Words that only this one has together. */
  readonly marks: readonly string[];
  readonly isWrite?: true;
  readonly answer: Answer;
}

const newestFirst = (a: PositionedEvent, b: PositionedEvent): number =>
  isAfter(a.position, b.position) ? -1 : 1;

function factsOf({ events }: Tables, syncId: unknown, isWanted: (fact: Fact) => boolean): PositionedEvent[] {
  return events
    .filter(({ event: { fact } }) => "syncId" in fact && fact.syncId === syncId && isWanted(fact))
    .sort(newestFirst);
}

function pagesOf(tables: Tables, syncId: unknown, pageNumber: unknown = null): PositionedEvent[] {
  const numberOf = ({ fact }: PositionedEvent["event"]): number =>
    "pageNumber" in fact ? (fact.pageNumber ?? 0) : 0;
  return factsOf(
    tables,
    syncId,
    (fact) => fact.type === "page.listed" && (pageNumber === null || fact.pageNumber === pageNumber),
  ).sort((a, b) => numberOf(b.event) - numberOf(a.event));
}

const firstFact = (events: readonly PositionedEvent[]): object[] =>
  events.slice(0, 1).map(({ event }) => ({ fact: event.fact }));

const syncsOf = ({ views }: Tables): SyncView[] => [...views.syncs.values()];
const byCreation = (a: SyncView, b: SyncView): number =>
  a.created_at === b.created_at ? 0 : a.created_at < b.created_at ? -1 : 1;

/** When the newest fact about a sync happened. */
function lastMovedMs(tables: Tables, view: SyncView): number {
  const [newest] = factsOf(tables, view.id, () => true);
  return Date.parse(newest?.event.time ?? view.created_at);
}

const stateStatements: readonly Statement[] = [
  {
    what: "reads the account's watermark",
    marks: ["select watermark from account_states"],
    answer: ({ views }, [, accountId]) => {
      const view = views.account_states.get(String(accountId));
      return view === undefined ? [] : [{ watermark: view.watermark }];
    },
  },
  {
    what: "reads whether the sync has ended",
    marks: ["select from syncs where", "ended_at is not null"],
    answer: ({ views }, [, , syncId]) => {
      const view = views.syncs.get(String(syncId));
      return view?.ended_at == null ? [] : [{}];
    },
  },
  {
    what: "reads the newest page that was told",
    marks: ["type = 'page.listed' order by"],
    answer: (tables, [, , syncId]) => firstFact(pagesOf(tables, syncId)),
  },
  {
    what: "reads the page that was told",
    marks: ["(fact ->> 'pageNumber')::integer = $4"],
    answer: (tables, [, , syncId, pageNumber]) => firstFact(pagesOf(tables, syncId, pageNumber)),
  },
  {
    what: "reads the newest checkpoint that was told",
    marks: ["order by (fact -> 'progress' ->> 'revision')::bigint desc"],
    answer: (tables, [, , syncId]) => {
      const revisionOf = ({ event: { fact } }: PositionedEvent): number =>
        "progress" in fact ? fact.progress.revision : 0;
      const checkpoints = factsOf(tables, syncId, (fact) => "progress" in fact);
      return firstFact(checkpoints.sort((a, b) => revisionOf(b) - revisionOf(a)));
    },
  },
];

const stalledStatements: readonly Statement[] = [
  {
    what: "looks for idle syncs",
    marks: ["s.status in ('running', 'queued')", "e.happened_at"],
    answer: (tables, [idleSeconds], { nowMs }) =>
      syncsOf(tables)
        .filter(({ ended_at, status }) => ended_at === null && (status === "running" || status === "queued"))
        .filter(({ status, account_id }) => status === "running" || !waitsInLine(tables, account_id))
        .filter((view) => lastMovedMs(tables, view) <= nowMs - Number(idleSeconds) * 1_000)
        .sort(byCreation)
        .map(({ id, tenant_id, account_id, status }) => ({
          syncId: id,
          tenantId: tenant_id,
          accountId: account_id,
          status,
        })),
  },
  {
    what: "looks for refused mailboxes",
    marks: ["from account_states a join syncs s", "reauth_required"],
    answer: (tables) =>
      [...tables.views.account_states.values()].flatMap(({ account_id, tenant_id, status }) => {
        const [first] = syncsOf(tables)
          .filter((view) => view.account_id === account_id && view.ended_at === null)
          .sort(byCreation);
        return status !== "reauth_required" || first === undefined
          ? []
          : [{ tenantId: tenant_id, accountId: account_id, syncId: first.id }];
      }),
  },
  {
    what: "looks for redriven letters",
    marks: ["l.state = 'redriving'"],
    answer: ({ views, accounts }, [seconds], { nowMs }) => {
      const groups = new Map<string, { readonly letters: readonly object[] }>();
      for (const letter of [...views.dead_letters.values()].sort((a, b) => a.ordinal - b.ordinal)) {
        const isIdle = Date.parse(letter.updated_at) <= nowMs - Number(seconds) * 1_000;
        if (letter.state !== "redriving" || !isIdle || !accounts.has(letter.account_id)) continue;
        const { tenant_id, account_id, sync_id, chunk_index, ordinal, provider_id } = letter;
        const key = `${sync_id}/${chunk_index}`;
        const content = views.syncs.get(sync_id)?.content ?? "full";
        const names = {
          tenantId: tenant_id,
          accountId: account_id,
          syncId: sync_id,
          chunkIndex: chunk_index,
        };
        const before = groups.get(key)?.letters ?? [];
        const letters = [...before, { ordinal, messageId: provider_id }];
        const group = { ...names, content, letters };
        groups.set(key, group);
      }
      return [...groups.values()];
    },
  },
];

const requestStatements: readonly Statement[] = [
  {
    what: "looks for requests that nobody has heard of",
    marks: ["from sync_requests r", "not exists (select from syncs"],
    answer: ({ requests, views }, [idleSeconds, againSeconds], { nowMs }) =>
      [...requests].flatMap(([syncId, { tenantId, accountId, request, createdAtMs, republishedAtMs }]) =>
        createdAtMs <= nowMs - Number(idleSeconds) * 1_000 &&
        (republishedAtMs ?? Number.NEGATIVE_INFINITY) <= nowMs - Number(againSeconds) * 1_000 &&
        !views.syncs.has(syncId)
          ? [{ syncId, tenantId, accountId, request }]
          : [],
      ),
  },
  {
    what: "notes that a request was published again",
    isWrite: true,
    marks: ["update sync_requests set republished_at = now()"],
    answer: ({ requests }, [syncId], { nowMs }) => {
      const row = requests.get(String(syncId));
      if (row !== undefined) requests.set(String(syncId), { ...row, republishedAtMs: nowMs });
      return [];
    },
  },
  {
    what: "looks for accounts to repair",
    marks: ["from repairs order by since"],
    answer: ({ repairs, accounts }) =>
      [...repairs].map(([accountId, sinceMs]) => ({
        tenantId: accounts.get(accountId)?.tenantId,
        accountId,
        reason: "",
        since: new Date(sinceMs),
      })),
  },
  {
    what: "asks for a repair",
    isWrite: true,
    marks: ["insert into repairs (account_id, tenant_id, reason, since)", "from accounts where"],
    answer: ({ repairs, accounts }, [, accountId], { nowMs }) => {
      if (accounts.has(String(accountId))) repairs.set(String(accountId), nowMs);
      return [];
    },
  },
  {
    what: "notes a repair",
    isWrite: true,
    marks: ["delete from repairs where account_id = $1"],
    answer: ({ repairs }, [accountId, since]) => {
      if (since instanceof Date && repairs.get(String(accountId)) === since.getTime())
        repairs.delete(String(accountId));
      return [];
    },
  },
];

const restoreStatements: readonly Statement[] = [
  {
    what: "looks for a new epoch",
    marks: ["select epoch from checkpoints", "from restorations"],
    answer: ({ checkpoint, restorations }) =>
      checkpoint !== null && checkpoint.epoch > 1 && !restorations.has(checkpoint.epoch)
        ? [{ epoch: checkpoint.epoch }]
        : [],
  },
  {
    what: "notes that the epoch was set right",
    isWrite: true,
    marks: ["insert into restorations"],
    answer: ({ restorations }, [epoch]) => {
      restorations.add(Number(epoch));
      return [];
    },
  },
  {
    what: "reads what the lost log knew",
    marks: ["distinct on (account_id)", "fact ? 'course'"],
    answer: ({ events }, [epoch, reason]) => {
      const isRestored = ({ position, event: { fact } }: PositionedEvent): boolean =>
        position.epoch === epoch && fact.type === "account.restored" && fact.reason === reason;
      const done = new Set(events.filter(isRestored).map(({ event }) => event.accountId));
      const newest = new Map<string, object>();
      const earlier = events.filter(
        ({ position, event }) => position.epoch < Number(epoch) && "course" in event.fact,
      );
      for (const { position, event } of earlier.sort(newestFirst)) {
        const { tenantId, accountId, id, fact, time } = event;
        if (newest.has(accountId) || done.has(accountId)) continue;
        const happenedAt = new Date(time);
        newest.set(accountId, { tenantId, accountId, id, seq: position.seq, happenedAt, fact });
      }
      return [...newest.values()];
    },
  },
  {
    what: "reads which syncs have ended",
    marks: ["select id from syncs where", "id = any($3) and ended_at is not null"],
    answer: (tables, [, , syncIds]) =>
      syncsOf(tables)
        .filter(({ id, ended_at }) => ended_at !== null && Array.isArray(syncIds) && syncIds.includes(id))
        .map(({ id }) => ({ id })),
  },
  {
    what: "looks for syncs that have not ended",
    marks: ["select distinct s.tenant_id", "s.status in ('running', 'queued', 'paused')"],
    answer: (tables, [seconds], { nowMs }) => {
      const orphans = syncsOf(tables).filter(
        (view) => !hasEnded(view) && Date.parse(view.created_at) <= nowMs - Number(seconds) * 1_000,
      );
      const accounts = new Map(
        orphans.map(({ tenant_id, account_id }) => [
          account_id,
          { tenantId: tenant_id, accountId: account_id },
        ]),
      );
      return [...accounts.values()];
    },
  },
  {
    what: "reads the checkpoint",
    marks: ['stream_created as "streamCreated" from checkpoints'],
    answer: ({ checkpoint }) => (checkpoint === null ? [] : [checkpoint]),
  },
  {
    what: "reads the account's syncs that have not ended",
    marks: ["'requestedAt', to_char"],
    answer: (tables, [, accountId]) =>
      syncsOf(tables)
        .filter((view) => view.account_id === accountId && view.ended_at === null)
        .sort((a, b) => (a.started_at ?? "9").localeCompare(b.started_at ?? "9") || byCreation(a, b))
        .map((view) => ({ request: requestOf(view) })),
  },
];

function requestOf(view: SyncView): object {
  const { chunkSize, query, labelIds } = view.scope as Record<string, unknown>;
  const request = {
    syncId: view.id,
    mode: view.requested_mode ?? "auto",
    trigger: view.trigger ?? "event",
    requestedAt: new Date(view.requested_at ?? view.created_at).toISOString(),
    chunkSize,
    query,
    labelIds,
    repairOf: view.repair_of ?? undefined,
  };
  return JSON.parse(JSON.stringify(request));
}

export const statements: readonly Statement[] = [
  ...storeStatements,
  ...lineStatements,
  ...mailboxStatements,
  ...stateStatements,
  ...stalledStatements,
  ...requestStatements,
  ...restoreStatements,
  ...removalStatements,
];
