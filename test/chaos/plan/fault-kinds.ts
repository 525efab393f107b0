import { consumers, streams } from "@millrace/shared/nats/topology";
import { serviceNames } from "./fleet-shape.ts";

/** What a fault can be aimed at: the names in a run, all known before it begins. */
export interface Targets {
  /** "fetcher-1", "fetcher-2", … */
  readonly copies: readonly string[];
  /** Addresses of the mailboxes. */
  readonly mailboxes: readonly string[];
}

interface FaultKindSpec {
  /** How often it is dealt, compared with the others. */
  readonly weight: number;
  /** Where it can happen: with one server of each kind, or with a cluster and a standby; both when absent. */
  readonly only?: Topology;
  /** How long it lasts; for what is killed: until it is started again. */
  readonly seconds: readonly [min: number, max: number];
  readonly targets: (targets: Targets) => readonly string[];
}

/** One NATS and one Postgres, or several of one and a primary with a standby of the other. */
export type Topology = "single" | "cluster";

export const upstreams = ["nats", "postgres", "gmail"] as const;
export type Upstream = (typeof upstreams)[number];

const everybody = "*";
const copies = ({ copies }: Targets) => copies;
const services = () => serviceNames;
const mailboxes = ({ mailboxes }: Targets) => mailboxes;
/** A link is `<copy>:<upstream>`; all copies together lose an upstream as often as one of them does. */
const links = ({ copies }: Targets) =>
  upstreams.flatMap((upstream) => [
    ...copies.map((copy) => `${copy}:${upstream}`),
    ...copies.map(() => `${everybody}:${upstream}`),
  ]);
/** The provider misbehaves towards everybody or towards one mailbox. */
const provider = ({ mailboxes }: Targets) => [...mailboxes, ...mailboxes.map(() => everybody)];
const durables = () => consumers.map(({ stream, config }) => `${stream}/${config.durable_name}`);
const streamNames = () => [...streams.map(({ name }) => name), everybody];
const nats = () => ["nats"];
const postgres = () => ["postgres"];
/** Roles that a node can have when the fault happens. */
const roles = () => [
  "leader:EVENTS",
  "leader:WORK",
  "leader:REQUESTS",
  "leader:QUOTA",
  "meta",
  "follower:EVENTS",
];
const partitions = () =>
  ["routes", "all"]
    .flatMap((what) => roles().map((role) => `${what}:${role}`))
    .concat("clients:leader:EVENTS");

/** Every kind of fault, how often, how long, and at what. */
export const faultKinds = {
  kill: { weight: 5, seconds: [0, 6], targets: copies },
  "kill-all-copies": { weight: 2, seconds: [1, 6], targets: services },
  freeze: { weight: 3, seconds: [1, 12], targets: copies },
  restart: { weight: 3, seconds: [0, 2], targets: copies },
  "rolling-restart": { weight: 1, seconds: [0, 1], targets: services },

  "nats-kill": { weight: 1, seconds: [0, 5], targets: nats },
  "nats-restart": { weight: 1, only: "single", seconds: [0, 5], targets: nats },
  "nats-disk-full": { weight: 1, only: "single", seconds: [2, 8], targets: nats },
  "nats-wipe": { weight: 1, only: "single", seconds: [0, 3], targets: nats },
  "postgres-kill": { weight: 1, seconds: [0, 5], targets: postgres },
  "postgres-immediate": { weight: 1, seconds: [0, 5], targets: postgres },
  "postgres-restore": { weight: 1, only: "single", seconds: [4, 12], targets: postgres },
  "postgres-disk-full": { weight: 1, only: "single", seconds: [3, 10], targets: postgres },

  "node-kill": { weight: 4, only: "cluster", seconds: [0, 8], targets: roles },
  "node-freeze": { weight: 2, only: "cluster", seconds: [2, 14], targets: roles },
  "node-partition": { weight: 4, only: "cluster", seconds: [3, 16], targets: partitions },
  "node-wipe": { weight: 2, only: "cluster", seconds: [0, 3], targets: roles },
  "node-disk-full": { weight: 2, only: "cluster", seconds: [3, 12], targets: roles },
  "nodes-restart": { weight: 1, only: "cluster", seconds: [0, 2], targets: nats },
  "postgres-fail-over": { weight: 2, only: "cluster", seconds: [0, 0], targets: postgres },
  "postgres-fail-over-behind": { weight: 1, only: "cluster", seconds: [2, 8], targets: postgres },

  cut: { weight: 3, seconds: [0, 6], targets: links },
  stall: { weight: 3, seconds: [1, 15], targets: links },
  slow: { weight: 2, seconds: [4, 15], targets: links },
  vanish: { weight: 2, seconds: [8, 15], targets: links },

  "delete-consumer": { weight: 2, seconds: [0, 0], targets: durables },
  "delete-stream": { weight: 1, seconds: [0, 0], targets: streamNames },
  "purge-work": { weight: 1, seconds: [0, 0], targets: () => ["WORK"] },

  "gmail-429-with-time": { weight: 1, seconds: [3, 12], targets: provider },
  "gmail-429": { weight: 1, seconds: [3, 12], targets: provider },
  "gmail-403-usage": { weight: 1, seconds: [3, 12], targets: provider },
  "gmail-5xx": { weight: 1, seconds: [3, 12], targets: provider },
  "gmail-400-precondition": { weight: 1, seconds: [3, 12], targets: provider },
  "gmail-reset": { weight: 1, seconds: [3, 12], targets: provider },
  "gmail-truncate": { weight: 1, seconds: [3, 12], targets: provider },
  "gmail-short": { weight: 1, seconds: [3, 12], targets: provider },
  "gmail-hang": { weight: 1, seconds: [3, 12], targets: provider },
  "gmail-malformed": { weight: 1, seconds: [3, 12], targets: provider },
  "gmail-empty": { weight: 1, seconds: [3, 12], targets: provider },
  "gmail-dropped-part": { weight: 1, seconds: [3, 12], targets: provider },
  "gmail-expired-token": { weight: 1, seconds: [3, 12], targets: provider },
  "gmail-token-endpoint": { weight: 1, seconds: [3, 12], targets: provider },
  "tokens-expire": { weight: 1, seconds: [0, 0], targets: mailboxes },
  "consent-revoked": { weight: 1, seconds: [2, 15], targets: mailboxes },
  "bad-message": { weight: 1, seconds: [0, 0], targets: mailboxes },
  "mass-deletion": { weight: 1, seconds: [0, 0], targets: mailboxes },
} as const satisfies Record<string, FaultKindSpec>;

export type FaultKind = keyof typeof faultKinds;
export const allFaultKinds = Object.keys(faultKinds) as readonly FaultKind[];

/** Those that can happen there. */
export const kindsOf = (topology: Topology): readonly FaultKind[] =>
  allFaultKinds.filter((kind) => {
    const { only = topology }: FaultKindSpec = faultKinds[kind];
    return only === topology;
  });

export const isFaultKind = (text: string): text is FaultKind => Object.hasOwn(faultKinds, text);
