import type { PositionedEvent } from "@millrace/shared/projection/project-batch";
import { saysRemoved } from "@millrace/shared/projection/without-removed";
import type { RemovalStep } from "../../../services/janitor/src/removal/removal-steps.ts";
import { rowsOfAccount } from "./mailbox-statements.ts";
import type { RemovalRow, Tables } from "./memory-database.ts";
import type { Statement } from "./statements.ts";

const claimMs = 30_000;
const tenantOf = ({ views }: Tables, accountId: string): string =>
  views.account_states.get(accountId)?.tenant_id ?? "";

function rowOf(tables: Tables, accountId: string, row: RemovalRow): object {
  const { step, isSweep, requestId, watch, consent, attempts } = row;
  const tenantId = tenantOf(tables, accountId);
  const requestedAt = new Date(row.requestedAt);
  return {
    accountId,
    tenantId,
    step,
    isSweep,
    requestedAt,
    requestId,
    hasWatch: false,
    watch,
    consent,
    attempts,
  };
}

/** The removal of an account, if it is at the step that is meant. */
function atStep(
  { removals }: Tables,
  [, accountId, step, isSweep]: readonly unknown[],
): RemovalRow | undefined {
  const row = removals.get(String(accountId));
  return row?.step === step && row?.isSweep === isSweep ? row : undefined;
}

function deleteWhere<V>(map: Map<string, V>, isMeant: (key: string, value: V) => boolean): object[] {
  const keys = [...map].filter(([key, value]) => isMeant(key, value)).map(([key]) => key);
  for (const key of keys) map.delete(key);
  return keys.map(() => ({}));
}

/** `delete from <table> where ctid = any(…)`, of an account. */
const removal = (
  table: string,
  remove: (tables: Tables, accountId: string) => object[] = () => [],
): Statement => ({
  what: `removes some of ${table}`,
  isWrite: true,
  marks: [`delete from ${table} where ctid = any(`],
  answer: (tables, [, accountId]) => remove(tables, String(accountId)),
});

const isOf =
  (accountId: string) =>
  (_key: string, { account_id }: { readonly account_id: string }): boolean =>
    account_id === accountId;

/** The janitor's statements that remove accounts. */
export const removalStatements: readonly Statement[] = [
  {
    what: "notes accounts that are leaving",
    isWrite: true,
    marks: ["insert into account_removals (", "with leaving as"],
    answer: (tables, _values, { nowMs }) => {
      const { views, accounts, removals, events } = tables;
      for (const [accountId, { status, epoch, seq }] of views.account_states) {
        const isBack = status === "removed" && accounts.has(accountId);
        if ((status !== "removing" && !isBack) || removals.has(accountId)) continue;
        const told = events.find(({ position }) => position.epoch === epoch && position.seq === seq)?.event
          .fact;
        const asked = told !== undefined && "course" in told ? told.course.removal : undefined;
        if (asked === undefined) continue;
        const account = accounts.get(accountId);
        const { requestedAt, requestId } = asked;
        if (account !== undefined)
          accounts.set(accountId, { removal: { requestedAt, requestId }, ...account, isRemoving: true });
        const step: RemovalStep = status === "removing" ? "watch" : "queue";
        const nothing = { watch: null, consent: null, messages: 0, attempts: 0 };
        removals.set(accountId, {
          ...{ step, isSweep: false, requestedAt, requestId, dueAtMs: nowMs },
          ...nothing,
        });
      }
      return [];
    },
  },
  {
    what: "looks for removals that the log has lost",
    marks: ["from accounts a left join account_states s", "a.removing_by is not null"],
    answer: ({ accounts, views, removals }, _values, { nowMs }) =>
      [...accounts.values()].flatMap(({ tenantId, accountId, removal: asked }) => {
        const status = views.account_states.get(accountId)?.status;
        const isKnown = status === "removing" || status === "removed" || removals.has(accountId);
        if (asked === undefined || isKnown || Date.parse(asked.requestedAt) > nowMs - 15_000) return [];
        return [
          { tenantId, accountId, requestId: asked.requestId, requestedAt: new Date(asked.requestedAt) },
        ];
      }),
  },
  {
    what: "has removed accounts looked through again",
    isWrite: true,
    marks: ["insert into account_removals (", "where s.status = 'removed' on conflict"],
    answer: ({ views, removals, events }, _values, { nowMs }) => {
      for (const [accountId, { status, epoch, seq }] of views.account_states) {
        const told = events.find(({ position }) => position.epoch === epoch && position.seq === seq)?.event
          .fact;
        const asked = told !== undefined && "course" in told ? told.course.removal : undefined;
        if (status !== "removed" || asked === undefined || removals.has(accountId)) continue;
        const { requestedAt, requestId } = asked;
        const nothing = { watch: null, consent: null, messages: 0, attempts: 0 };
        removals.set(accountId, {
          ...{ step: "blobs", isSweep: true, requestedAt, requestId, dueAtMs: nowMs },
          ...nothing,
        });
      }
      return [];
    },
  },
  {
    what: "claims a removal",
    isWrite: true,
    marks: ["update account_removals set due_at = now()", "for update skip locked"],
    answer: (tables, _values, { nowMs }) => {
      const due = [...tables.removals].filter(([, { dueAtMs }]) => dueAtMs <= nowMs);
      const [first] = due.sort(([, a], [, b]) => a.dueAtMs - b.dueAtMs);
      if (first === undefined) return [];
      const [accountId, row] = first;
      tables.removals.set(accountId, { ...row, dueAtMs: nowMs + claimMs });
      return [rowOf(tables, accountId, row)];
    },
  },
  {
    what: "moves a removal",
    isWrite: true,
    marks: ["update account_removals set step = $5"],
    answer: (tables, values, { nowMs }) => {
      const row = atStep(tables, values);
      if (row === undefined) return [];
      const [, accountId, , , step, isSweep, watch, consent, dueAt] = values;
      const next: RemovalRow = {
        ...row,
        step: step as RemovalStep,
        isSweep: isSweep === true,
        watch: (watch ?? row.watch) as string | null,
        consent: (consent ?? row.consent) as string | null,
        attempts: 0,
        dueAtMs: dueAt instanceof Date ? dueAt.getTime() : nowMs + claimMs,
      };
      tables.removals.set(String(accountId), next);
      return [rowOf(tables, String(accountId), next)];
    },
  },
  {
    what: "defers a removal",
    isWrite: true,
    marks: ["update account_removals set due_at = $5"],
    answer: (tables, values) => {
      const row = atStep(tables, values);
      const [, accountId, , , dueAt, counted] = values;
      if (row === undefined || !(dueAt instanceof Date)) return [];
      const attempts = row.attempts + Number(counted);
      tables.removals.set(String(accountId), { ...row, attempts, dueAtMs: dueAt.getTime() });
      return [];
    },
  },
  {
    what: "notes a failed turn of a removal",
    isWrite: true,
    marks: ["update account_removals set due_at = now() + make_interval(secs => 10)"],
    answer: ({ removals }, [, accountId], { nowMs }) => {
      const row = removals.get(String(accountId));
      if (row !== undefined) removals.set(String(accountId), { ...row, dueAtMs: nowMs + 10_000 });
      return [];
    },
  },
  {
    what: "ends a removal",
    isWrite: true,
    marks: ["delete from account_removals where"],
    answer: (tables, values) => {
      if (atStep(tables, values) !== undefined) tables.removals.delete(String(values[1]));
      return [];
    },
  },
  {
    what: "looks for other accounts of the mailbox",
    marks: ['as "isShared"'],
    answer: () => [{ isShared: false }],
  },
  {
    what: "forgets the credentials",
    isWrite: true,
    marks: ["update accounts set sealed_credentials = ''"],
    answer: () => [],
  },
  {
    what: "removes some mail",
    isWrite: true,
    marks: ["update account_removals set messages = messages +"],
    answer: (tables, [, accountId]) => {
      const id = String(accountId);
      const some = rowsOfAccount(tables, id).slice(0, 3);
      for (const [key] of some) tables.messages.delete(key);
      const row = tables.removals.get(id);
      if (row !== undefined) tables.removals.set(id, { ...row, messages: row.messages + some.length });
      return [{ removed: some.length }];
    },
  },
  ...[
    "verification_messages",
    "labels",
    "claims",
    "dead_letter_contents",
    "webhook_deliveries",
    "repairs",
  ].map((table) =>
    removal(table, ({ labels, repairs }, accountId) => {
      if (table === "repairs") return repairs.delete(accountId) ? [{}] : [];
      return table === "labels" ? deleteWhere(labels, (key) => key.startsWith(`${accountId}/`)) : [];
    }),
  ),
  removal("verifications", ({ verifications }, accountId) =>
    deleteWhere(verifications, (key) => key.startsWith(`${accountId}/`)),
  ),
  removal("tombstones", ({ tombstones }, accountId) =>
    deleteWhere(tombstones, (key) => key.startsWith(`${accountId}-`)),
  ),
  removal("removed_labels", ({ removedLabels }, accountId) =>
    deleteWhere(removedLabels, (key) => key.startsWith(`${accountId}/`)),
  ),
  removal("sync_requests", ({ requests }, accountId) =>
    deleteWhere(requests, (_key, row) => row.accountId === accountId),
  ),
  removal("chunks", ({ views }, accountId) => deleteWhere(views.chunks, isOf(accountId))),
  removal("syncs", ({ views }, accountId) => deleteWhere(views.syncs, isOf(accountId))),
  removal("dead_letters", ({ views }, accountId) => deleteWhere(views.dead_letters, isOf(accountId))),
  removal("events", ({ events }, accountId) => {
    const isLeft = ({ event }: PositionedEvent): boolean =>
      event.accountId !== accountId || saysRemoved(event);
    const left = events.filter(isLeft);
    const removed = events.length - left.length;
    events.splice(0, events.length, ...left);
    return Array.from({ length: removed }, () => ({}));
  }),
  {
    what: "looks for contents to remove",
    marks: ["from account_removal_blobs p"],
    answer: () => [],
  },
  {
    what: "looks for messages that are left",
    marks: ['as "isLeft"'],
    answer: (tables, [, accountId]) => [{ isLeft: rowsOfAccount(tables, accountId).length > 0 }],
  },
  {
    what: "removes the account",
    isWrite: true,
    marks: ["delete from accounts where tenant_id = $1 and id = $2"],
    answer: (tables, [, accountId]) => {
      const id = String(accountId);
      tables.accounts.delete(id);
      tables.lines.delete(id);
      tables.gone.add(id);
      // What was written between the look and this goes with it.
      for (const [key] of rowsOfAccount(tables, id)) tables.messages.delete(key);
      for (const map of [tables.labels, tables.removedLabels, tables.tombstones, tables.verifications])
        deleteWhere(
          map as Map<string, unknown>,
          (key) => key.startsWith(`${id}/`) || key.startsWith(`${id}-`),
        );
      deleteWhere(tables.requests, (_key, row) => row.accountId === id);
      return [];
    },
  },
  {
    what: "counts what was removed",
    marks: [
      "from account_removals where tenant_id = $1 and account_id = $2",
      "(select count(*) from events e",
    ],
    answer: ({ removals, events }, [, accountId]) => {
      const row = removals.get(String(accountId));
      const told = events.filter(({ event }) => event.accountId === accountId).length;
      return row === undefined ? [] : [{ messages: row.messages, attachments: 0, blobs: 0, events: told }];
    },
  },
  {
    what: "looks whether the removal is projected",
    marks: ["select from account_states where", "status = 'removed'"],
    answer: ({ views }, [, accountId]) =>
      views.account_states.get(String(accountId))?.status === "removed" ? [{}] : [],
  },
];
