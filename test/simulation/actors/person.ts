import { settleLetters } from "@millrace/shared/events/chunk-progress";
import {
  isDecided,
  isUnderWay,
  regainConsent,
  waitingForConsent,
} from "@millrace/shared/events/evolve-course";
import type { CourseFact, FactOf } from "@millrace/shared/events/facts";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { EventLog } from "@millrace/shared/nats/event-log";
import type { LetterView } from "@millrace/shared/projection/views";
import type { AppendEffect } from "@millrace/shared/runtime/outcome";
import { createSyncState } from "@millrace/shared/state/create-sync-state";
import type { SyncState } from "@millrace/shared/state/sync-state";
import { decideRemoval } from "@millrace/shared/steps/decide-removal";
import { letterProgress } from "@millrace/shared/steps/letter-progress";
import { type ControlAction, decideControl } from "../../../services/sync-api/src/control/decide-control.ts";
import { redrivenFacts } from "../../../services/sync-api/src/dead-letters/redrive-letters.ts";
import type { SyncStatus } from "../../../services/sync-api/src/resources/sync.ts";
import { hasEnded } from "../../../services/sync-api/src/resources/sync.ts";
import { type LogPort, openMemoryLog } from "../broker/memory-log.ts";
import { openMemoryPool } from "../database/memory-pool.ts";
import { AwayError } from "../engine/away-error.ts";
import { SimulatedProcess } from "../engine/simulated-process.ts";
import type { World } from "../world.ts";
import { publishMemoryRequest } from "./publish-request.ts";
import type { AcceptedSync, Wish } from "./register.ts";

const conflictsMax = 20;

/** People and other services, and the API that they speak to: each wish of theirs is one request that may fail. */
export class Person {
  readonly #world: World;
  readonly #process = new SimulatedProcess("api");
  readonly #log: LogPort;
  readonly #state: SyncState;
  #wishes = 0;

  constructor(world: World) {
    this.#world = world;
    this.#log = openMemoryLog(world.broker, world.scheduler, this.#process, world.mutations);
    this.#state = createSyncState(this.#log as EventLog, openMemoryPool(world, this.#process));
  }

  /** Asks through the API: the request is written down, then published. */
  requestByApi(ref: AccountRef, { name, isLabelled, mode }: Wish): void {
    const { scheduler, database, register } = this.#world;
    this.#wish("asks for a sync", async () => {
      const requestedAt = new Date(scheduler.nowMs).toISOString();
      const labels = isLabelled ? { labelIds: ["A"] } : {};
      const request = { syncId: name, mode, trigger: "api", requestedAt, ...labels } as const;
      const syncId = register.syncIdOf(ref, name);
      const row = { ...ref, request, createdAtMs: scheduler.nowMs, republishedAtMs: null };
      const isKnown = await database.write(
        this.#process,
        `writes down ${name}`,
        ({ requests, views, accounts }) => {
          const account = accounts.get(ref.accountId);
          if (account === undefined || account.isRemoving === true) return true; // it is refused
          if (!requests.has(syncId)) requests.set(syncId, row);
          const askedAt = this.#historyOf(ref);
          register.accepted({ ref, syncId, name, isLabelled, mode, askedAt, by: "api", isPublished: false });
          return views.syncs.has(syncId);
        },
      );
      if (isKnown) return;
      await publishMemoryRequest(this.#world, this.#process, ref, request);
      const sync = register.syncs.get(syncId);
      if (sync !== undefined) sync.isPublished = true;
    });
  }

  /** Publishes the event, as another service does. */
  requestByEvent(ref: AccountRef, { name, isLabelled, mode }: Wish): void {
    const { register, database } = this.#world;
    this.#wish("publishes a request", async () => {
      const request = { syncId: name, mode, ...(isLabelled ? { labelIds: ["A"] } : {}) };
      const askedAt = this.#historyOf(ref);
      await publishMemoryRequest(this.#world, this.#process, ref, request);
      if (!database.tables.accounts.has(ref.accountId)) return; // it will be rejected
      register.accepted({
        ref,
        syncId: register.syncIdOf(ref, name),
        name,
        ...{ isLabelled, mode, askedAt },
        by: "event",
        isPublished: true,
      });
    });
  }

  /** Whoever asked does so again, in the same words. */
  askAgain({ ref, by, ...wish }: AcceptedSync): void {
    if (by === "event") this.requestByEvent(ref, wish);
    else this.requestByApi(ref, wish);
  }

  #historyOf({ accountId }: AccountRef): number {
    return this.#world.mailboxes.get(accountId)?.history ?? 0;
  }

  publishJunk(ref: AccountRef): void {
    this.#wish("publishes junk", () =>
      publishMemoryRequest(this.#world, this.#process, ref, { mode: "sideways" }),
    );
  }

  control(action: ControlAction, ref: AccountRef, syncId: string): void {
    this.#wish(`${action} ${syncId}`, (cause) =>
      this.#append(async () => {
        const { views, requests } = await this.#world.database.read(
          this.#process,
          "reads the sync",
          (tables) => tables,
        );
        const view = views.syncs.get(syncId);
        const request = requests.get(syncId)?.request ?? null;
        if (view === undefined && request === null) return null;
        const viewed: SyncStatus = view?.status ?? "requested";
        const { course, seq } = await this.#state.course(ref);
        const isEndHidden =
          isDecided(course, syncId) && !isUnderWay(course, syncId) && !hasEnded({ status: viewed });
        const newest = isEndHidden ? (await this.#log.lastCourseFact(ref)).fact : null;
        const endedAs = endOf(newest, syncId);
        const nowMs = this.#world.scheduler.nowMs;
        const known = request === null ? null : { ...request, syncId };
        const decision = decideControl(action, { syncId, course, viewed, request: known, endedAs, nowMs });
        if (decision.kind === "redrive") this.redrive(syncId);
        // Its id here follows from the name that it was asked for by.
        if (decision.kind === "publish" && request !== null) {
          await publishMemoryRequest(this.#world, this.#process, ref, request);
        }
        if (decision.kind !== "append") return null;
        const eventId = `${syncId}.${action}.${cause}`;
        return { kind: "append", ref, eventId, fact: decision.fact, expectedSeq: seq };
      }),
    );
  }

  /** Gives new credentials, with which the provider agrees. */
  reconnect(ref: AccountRef): void {
    const { database, mailboxes } = this.#world;
    this.#wish(`reconnects ${ref.accountId}`, async (cause) => {
      await database.write(this.#process, "stores credentials", ({ accounts }) => {
        const row = accounts.get(ref.accountId);
        if (row !== undefined)
          accounts.set(ref.accountId, { ...row, credentialsVersion: row.credentialsVersion + 1 });
      });
      const mailbox = mailboxes.get(ref.accountId);
      if (mailbox !== undefined) mailbox.refusedVersion = null;
      await this.#append(async () => {
        const { course, seq } = await this.#state.course(ref);
        if (course.consentLost === null) return null;
        const eventId = `${ref.accountId}.reconnected.${cause}`;
        const fact = {
          type: "account.reconnected",
          resumed: waitingForConsent(course),
          course: regainConsent(course, new Date(this.#world.scheduler.nowMs).toISOString()),
        } as const;
        return { kind: "append", ref, eventId, fact, expectedSeq: seq };
      });
    });
  }

  /** Asks for an account's removal: the log has it first, then the account is marked. */
  remove(ref: AccountRef): void {
    const { database, scheduler } = this.#world;
    this.#wish(`removes ${ref.accountId}`, async (cause) => {
      const isThere = await database.read(this.#process, "looks for the account", ({ accounts }) =>
        accounts.has(ref.accountId),
      );
      if (!isThere) return;
      let removal = { requestId: cause, requestedAt: new Date(scheduler.nowMs).toISOString() };
      await this.#append(async () => {
        const { effect, answer } = decideRemoval(ref, await this.#state.course(ref), removal);
        removal = answer;
        return effect;
      });
      await database.write(this.#process, "marks the account", ({ accounts }) => {
        const row = accounts.get(ref.accountId);
        if (row !== undefined) accounts.set(ref.accountId, { removal, ...row, isRemoving: true });
      });
    });
  }

  /** Puts open dead letters back on the queue: of one sync, or all. */
  redrive(syncId: string | null): void {
    const { database } = this.#world;
    this.#wish("redrives dead letters", async (cause) => {
      const letters = await database.read(this.#process, "reads dead letters", ({ views, accounts }) =>
        [...views.dead_letters.values()].filter(
          ({ state, sync_id, account_id }) =>
            state === "open" &&
            (syncId === null || sync_id === syncId) &&
            accounts.has(account_id) &&
            accounts.get(account_id)?.isRemoving !== true,
        ),
      );
      for (const { ref, ...row } of letters.sort(byPlace).map(rowOf)) {
        for (const effect of redrivenFacts(ref.tenantId, [row], cause)) await this.#log.append(effect);
      }
    });
  }

  discard(which: number): void {
    const { database } = this.#world;
    this.#wish("discards a dead letter", async () => {
      const letters = await database.read(this.#process, "reads dead letters", ({ views }) => [
        ...views.dead_letters.values(),
      ]);
      const letter = letters[which % Math.max(1, letters.length)];
      if (letter === undefined) return;
      const { ref, ordinal, syncId, chunkIndex } = rowOf(letter);
      await this.#append(async () => {
        const { progress, seq } = await letterProgress(this.#state, ref, syncId);
        if (ordinal >= progress.letterCount) return null;
        const after = settleLetters(progress, [{ ordinal, outcome: "discarded" as const }]);
        if (after === null) return null;
        const fact: FactOf<"dead_letters.settled"> = {
          type: "dead_letters.settled",
          ...{ syncId, chunkIndex },
          letters: after.settled,
          mail: { added: [], changed: [], deleted: [] },
          progress: after.progress,
        };
        return { kind: "append", ref, eventId: `${syncId}.discarded.${ordinal}`, fact, expectedSeq: seq };
      });
    });
  }

  async #append(decide: () => Promise<AppendEffect | null>): Promise<void> {
    for (let conflicts = 0; conflicts < conflictsMax; conflicts++) {
      const effect = await decide();
      if (effect === null || (await this.#log.append(effect)).kind === "appended") return;
    }
    throw new Error("Other changes were always first");
  }

  /** Whoever wishes something is told when broker or database are away, and leaves it at that. */
  #wish(what: string, act: (cause: string) => Promise<void>): void {
    this.#world.say?.(`a person ${what}`);
    const cause = `wish-${++this.#wishes}`;
    act(cause).catch((error: unknown) => {
      if (!(error instanceof AwayError)) this.#world.violate("no step fails", `${what}: ${error}`);
    });
  }
}

function endOf(fact: CourseFact | null, syncId: string): SyncStatus | null {
  if (fact === null || !("syncId" in fact) || fact.syncId !== syncId) return null;
  switch (fact.type) {
    case "sync.completed":
      return fact.status;
    case "sync.failed":
      return "failed";
    case "sync.cancelled":
      return "cancelled";
    case "sync.coalesced":
      return "coalesced";
    default:
      return null;
  }
}

const byPlace = (a: LetterView, b: LetterView): number =>
  a.sync_id === b.sync_id ? a.ordinal - b.ordinal : a.sync_id < b.sync_id ? -1 : 1;

function rowOf({ tenant_id, account_id, sync_id, chunk_index, ordinal, provider_id }: LetterView) {
  return {
    ref: { tenantId: tenant_id, accountId: account_id },
    accountId: account_id,
    syncId: sync_id,
    chunkIndex: chunk_index,
    ordinal,
    messageId: provider_id,
    content: "full",
  } as const;
}
