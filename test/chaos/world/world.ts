import type { SimulatorControl } from "@millrace/gmail-simulator/control/simulator-control";
import type { ServerProcess } from "@millrace/infra/process/server-process";
import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { MailboxBook } from "../load/mailbox-book.ts";
import type { SyncRegister } from "../load/sync-register.ts";
import type { Upstream } from "../plan/fault-kinds.ts";
import type { MailboxPlan } from "../plan/plan-mailboxes.ts";
import type { AppendTimes } from "../watch/append-times.ts";
import type { ApiClient } from "./api-client.ts";
import type { Broker } from "./broker.ts";
import type { Capabilities } from "./capabilities.ts";
import type { Database } from "./database.ts";
import type { PostgresStore } from "./postgres-store.ts";
import type { RunNotes } from "./run-notes.ts";
import type { ServiceCopy } from "./service-copy.ts";
import type { SizedDisk } from "./sized-disk.ts";
import type { TcpProxy } from "./tcp-proxy.ts";

/** A connected mailbox. */
export interface Account extends MailboxPlan {
  readonly accountId: string;
  readonly api: ApiClient;
  readonly book: MailboxBook;
}

/** One copy's way to one server. */
export interface CopyLink {
  readonly copy: string;
  readonly upstream: Upstream;
  /** Which of its servers, from 0. */
  readonly server: number;
  readonly proxy: TcpProxy;
}

/** The whole of a run: real processes, and all that is done to them goes through here. */
export interface World {
  readonly seed: number;
  /** Folder of all logs: what helps to understand a failure goes there too. */
  readonly logs: string;
  readonly postgres: PostgresStore;
  readonly nats: Broker;
  readonly disks: Readonly<Record<"nats" | "postgres", SizedDisk>>;
  readonly simulator: SimulatorControl;
  readonly copies: ReadonlyMap<string, ServiceCopy>;
  readonly links: readonly CopyLink[];
  readonly accounts: readonly Account[];
  readonly capabilities: Capabilities;
  /** Straight to the servers, past the proxies: what the run itself looks with. */
  readonly database: Database;
  readonly jetstream: { readonly js: JetStreamClient; readonly jsm: JetStreamManager };
  /** Of another service that asks for syncs, and may do nothing else. */
  readonly asker: JetStreamClient;
  readonly register: SyncRegister;
  readonly appends: AppendTimes;
  readonly notes: RunNotes;
  /** `<email> <message id>` of each message that was planted as one that cannot be fetched. */
  readonly badMessages: Set<string>;
  /** Has a process ended should the run die. */
  readonly guard: (process: ServerProcess) => void;
}
