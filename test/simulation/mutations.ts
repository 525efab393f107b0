import type { TenantLine } from "@millrace/shared/postgres/create-tenant-line";
import type { decideCheckpoint } from "@millrace/shared/projection/decide-checkpoint";
import type { projectBatch } from "@millrace/shared/projection/project-batch";
import type { withoutRemoved } from "@millrace/shared/projection/without-removed";
import type { MailProvider } from "@millrace/shared/providers/mail-provider";
import type { AppendEffect } from "@millrace/shared/runtime/outcome";
import type { SyncState, WorkQueue } from "@millrace/shared/state/sync-state";
import type { ClaimBook, MailStore } from "../../services/fetcher/src/fetcher-ports.ts";
import type { AnyStep } from "./actors/deliver.ts";
import type { ConsumerName } from "./broker/memory-broker.ts";
import type { Tables } from "./database/memory-database.ts";
import type { World } from "./world.ts";

export interface MutablePorts {
  readonly provider: MailProvider;
  readonly line: TenantLine;
  readonly chunkerState: SyncState;
  readonly store: MailStore;
  readonly claims: ClaimBook;
  readonly janitorQueue: WorkQueue;
}

/** What a planted bug changes of the code under test. */
export interface Mutations {
  /** Deliveries are acknowledged before what follows from them is published. */
  readonly isAcknowledgedFirst?: boolean;
  readonly step?: (consumer: ConsumerName, step: AnyStep, world: World) => AnyStep;
  /** What is appended instead. */
  readonly append?: (effect: AppendEffect) => AppendEffect;
  readonly ports?: {
    readonly [K in keyof MutablePorts]?: (port: MutablePorts[K], world: World) => MutablePorts[K];
  };
  /** Is called before each statement, with what it does and the tables as they are. */
  readonly beforeStatement?: (what: string, tables: Tables) => void;
  readonly projectBatch?: typeof projectBatch;
  readonly withoutRemoved?: typeof withoutRemoved;
  readonly decideCheckpoint?: typeof decideCheckpoint;
}

export const noMutations: Mutations = Object.freeze({});
