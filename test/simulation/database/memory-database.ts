import type { AccountRef } from "@millrace/shared/events/subjects";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import type { Checkpoint } from "@millrace/shared/projection/checkpoint";
import { type PositionedEvent, type RowMaps, toMaps } from "@millrace/shared/projection/project-batch";
import { noRows } from "@millrace/shared/projection/views";
import type { HiddenAs } from "@millrace/shared/providers/mail-provider";
import type { RemovalPlace } from "../../../services/janitor/src/removal/removal-steps.ts";
import { AwayError } from "../engine/away-error.ts";
import type { Choices } from "../engine/choices.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import type { SimulatedProcess } from "../engine/simulated-process.ts";

/** A row of `accounts`. */
export interface AccountRow extends AccountRef {
  readonly credentialsVersion: number;
  /** Its removal was asked for. */
  readonly isRemoving?: true;
  readonly removal?: { readonly requestedAt: string; readonly requestId: string };
}

/** A row of `account_removals`. */
export interface RemovalRow extends RemovalPlace {
  readonly requestedAt: string;
  readonly requestId: string;
  readonly watch: string | null;
  readonly consent: string | null;
  readonly messages: number;
  readonly attempts: number;
  readonly dueAtMs: number;
}

/** A row of `sync_requests`. */
export interface RequestRow extends AccountRef {
  readonly request: AcceptedRequest;
  readonly createdAtMs: number;
  readonly republishedAtMs: number | null;
}

/** A row of `messages`, as far as it matters here. */
export interface MessageRow {
  readonly syncId: string;
  /** Of its sync: what wrote it last. */
  readonly work: string;
  readonly labels: readonly string[];
  readonly historyId: number | null;
  /** Null for a message that is shown. */
  readonly deletedWhy: "gone" | "deleted" | HiddenAs | null;
  readonly lastChange: "added" | "changed" | "deleted" | null;
  readonly storedAtMs: number;
}

/** A row of `verifications`, with what it has noted. */
export interface VerificationRow {
  readonly step: "list" | "label" | "changes" | "compare" | "done";
  readonly startedAtMs: number;
  readonly baseline: string;
  /** What a listing shows. */
  readonly listed: readonly string[];
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** What has happened to something since it began. */
  readonly moved: readonly string[];
  /** Where the next page of that begins. */
  readonly changesToken: string | null;
  readonly findings: readonly string[];
}

/** A row of `tenant_lines`. */
export interface LineRow {
  readonly syncId: string;
  readonly place: number;
  readonly seatedBy: string | null;
  readonly movedAtMs: number;
}

/** A row of `claims`. */
export interface ClaimRow {
  readonly isOpen: boolean;
  readonly messageId: string | null;
  readonly deaths: number;
  readonly deathsAt: Readonly<Record<string, number>>;
}

/** What is in Postgres. Rows are never changed, only replaced, so that a copy of the maps is a backup. */
export interface Tombstone {
  /** The place of its going in the mailbox's history. */
  readonly at: number | null;
  /** The work that asked for it in vain. */
  readonly work: Pick<MessageRow, "syncId" | "work"> | null;
}

/** A label that was seen to be gone, or is doubted. */
export interface RemovedLabel {
  readonly atMs: number;
  /** When messages were relieved of it last. */
  readonly relievedAtMs: number | null;
}

export interface Tables {
  readonly accounts: Map<string, AccountRow>;
  readonly removals: Map<string, RemovalRow>;
  /** Accounts whose rows the janitor has removed: nothing can be written that refers to them. */
  readonly gone: Set<string>;
  readonly requests: Map<string, RequestRow>;
  /** By the provider's id, which names one message of all accounts here. */
  readonly messages: Map<string, MessageRow>;
  /** By account: the mark of the newest look at its whole mailbox. */
  readonly baselines: Map<string, string>;
  /** Messages that were gone before they were stored. */
  readonly tombstones: Map<string, Tombstone>;
  /** By account and label: when it was first seen. */
  readonly labels: Map<string, number>;
  readonly removedLabels: Map<string, RemovedLabel>;
  readonly verifications: Map<string, VerificationRow>;
  readonly claims: Map<string, ClaimRow>;
  readonly events: PositionedEvent[];
  readonly views: RowMaps;
  /** By account: since when its mail may be missing. */
  readonly repairs: Map<string, number>;
  readonly restorations: Set<number>;
  /** By account. */
  readonly lines: Map<string, LineRow>;
  placesGiven: number;
  /** Of the one tenant. */
  readonly runningSyncsMax: number | null;
  checkpoint: Checkpoint | null;
}

const emptyTables = (runningSyncsMax: number | null): Tables => ({
  accounts: new Map(),
  removals: new Map(),
  gone: new Set(),
  requests: new Map(),
  messages: new Map(),
  baselines: new Map(),
  tombstones: new Map(),
  labels: new Map(),
  removedLabels: new Map(),
  verifications: new Map(),
  claims: new Map(),
  events: [],
  views: toMaps(noRows),
  repairs: new Map(),
  restorations: new Set(),
  lines: new Map(),
  placesGiven: 0,
  runningSyncsMax,
  checkpoint: null,
});

/** Postgres in memory: each statement takes effect by itself and as a whole. */
export class MemoryDatabase {
  tables: Tables;
  /** Nobody reaches it. */
  isDown = false;
  /** How often everybody has lost the connection to it. */
  restarts = 0;
  /** It was restored from an older copy. */
  isDamaged = false;
  /** Of a thousand commits, so many are reported as broken connections. */
  commitLost = 0;
  readonly #scheduler: Scheduler;
  readonly #choices: Choices;
  #backup: Tables | null = null;

  constructor(scheduler: Scheduler, choices: Choices, runningSyncsMax: number | null) {
    this.tables = emptyTables(runningSyncsMax);
    this.#scheduler = scheduler;
    this.#choices = choices;
  }

  /** @throws {AwayError} */
  async read<T>(process: SimulatedProcess, what: string, act: (tables: Tables) => T): Promise<T> {
    const before = this.restarts;
    await this.#scheduler.point(process, what);
    if (this.isDown || before !== this.restarts) throw new AwayError("The database");
    return act(this.tables);
  }

  /** @throws {AwayError} also when it was committed, now and then */
  async write<T>(process: SimulatedProcess, what: string, act: (tables: Tables) => T): Promise<T> {
    const result = await this.read(process, what, act);
    if (this.#choices.chance(this.commitLost)) throw new AwayError("The database's answer");
    return result;
  }

  save(): void {
    this.#backup = copyOf(this.tables);
  }

  /** How far the log was applied when the backup was made; null when there is none. */
  get backupCheckpoint(): Checkpoint | null {
    return this.#backup?.checkpoint ?? null;
  }

  /** Becomes what was saved. */
  restore(): void {
    if (this.#backup === null) return;
    this.tables = copyOf(this.#backup);
    this.isDamaged = true;
    this.restarts++;
  }
}

function copyOf(tables: Tables): Tables {
  const { views } = tables;
  return {
    accounts: new Map(tables.accounts),
    removals: new Map(tables.removals),
    gone: new Set(tables.gone),
    requests: new Map(tables.requests),
    messages: new Map(tables.messages),
    baselines: new Map(tables.baselines),
    tombstones: new Map(tables.tombstones),
    labels: new Map(tables.labels),
    removedLabels: new Map(tables.removedLabels),
    verifications: new Map(tables.verifications),
    claims: new Map(tables.claims),
    events: [...tables.events],
    views: {
      syncs: new Map(views.syncs),
      chunks: new Map(views.chunks),
      account_states: new Map(views.account_states),
      dead_letters: new Map(views.dead_letters),
      activity_minutes: new Map(views.activity_minutes),
    },
    repairs: new Map(tables.repairs),
    restorations: new Set(tables.restorations),
    lines: new Map(tables.lines),
    placesGiven: tables.placesGiven,
    runningSyncsMax: tables.runningSyncsMax,
    checkpoint: tables.checkpoint,
  };
}
