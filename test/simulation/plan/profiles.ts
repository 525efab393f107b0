/** What can happen beside the services' own work. */
export type DisturbanceKind =
  | "mail_arrives"
  | "mail_leaves"
  | "mail_changes"
  | "many_changes"
  | "label_made"
  | "label_deleted"
  | "history_forgotten"
  | "push_storm"
  | "request"
  | "request_again"
  | "junk_request"
  | "kill"
  | "stop"
  | "stall"
  | "freeze"
  | "freeze_writer"
  | "database_down"
  | "broker_down"
  | "redeliver"
  | "consumer_deleted"
  | "work_purged"
  | "work_dropped"
  | "log_wiped"
  | "log_restored"
  | "consent_lost"
  | "consent_mended"
  | "account_removed"
  | "removal"
  | "pause"
  | "resume"
  | "cancel"
  | "retry"
  | "reconnect"
  | "redrive"
  | "discard"
  | "database_restored"
  | "database_saved";

/** How often something goes wrong, each of a thousand times that it could. */
export interface Rates {
  /** An acknowledgement of a delivery never arrives. */
  readonly ackLost: number;
  /** It arrives late, some of them after the claim has run out. */
  readonly ackLate: number;
  /** The broker has the message, and whoever published it is told of a timeout. */
  readonly publishLost: number;
  /** The database has committed, and whoever wrote is told that the connection broke. */
  readonly commitLost: number;
  /** A call of the provider, or one message of it, meets a fault. */
  readonly provider: number;
  /** A process is killed when it is about to take effect. */
  readonly kill: number;
  /** Time passes although somebody could go on: the machine is slow. */
  readonly hurry: number;
}

export interface Profile {
  readonly name: string;
  readonly rates: Rates;
  readonly disturbances: readonly DisturbanceKind[];
  readonly disturbancesMax: number;
  /** Messages that are not like others, of a hundred. */
  readonly oddMessages: number;
  readonly killsMax: number;
}

const calm: Rates = {
  ackLost: 0,
  ackLate: 0,
  publishLost: 0,
  commitLost: 0,
  provider: 0,
  kill: 0,
  hurry: 0,
};
const mail = ["request", "mail_arrives", "mail_leaves", "mail_changes"] as const;
const changes = [
  "request",
  "request",
  "mail_changes",
  "mail_changes",
  "mail_changes",
  "many_changes",
  "label_made",
  "label_deleted",
  "push_storm",
] as const;
const persons = ["pause", "resume", "cancel", "retry", "reconnect", "redrive", "discard"] as const;
const deaths = ["kill", "stop", "stall", "freeze"] as const;
const away = ["database_down", "broker_down"] as const;
const again = ["redeliver", "consumer_deleted", "request_again"] as const;
const queueLoss = ["work_purged", "work_dropped"] as const;
const logLoss = ["log_wiped", "log_restored"] as const;
const databaseLoss = ["database_saved", "database_restored"] as const;
const removals = ["removal", "removal", "kill", "freeze_writer", "pause", "resume"] as const;

/** The kinds of bad days. A seed has one of them, so that most schedules stay short and some are wild. */
export const profiles: readonly Profile[] = [
  { name: "order", rates: calm, disturbances: mail, disturbancesMax: 3, oddMessages: 0, killsMax: 0 },
  { name: "changes", rates: calm, disturbances: changes, disturbancesMax: 10, oddMessages: 0, killsMax: 0 },
  {
    name: "followers",
    rates: { ...calm, kill: 6, provider: 20 },
    disturbances: [...changes, "cancel", "cancel", "cancel", "pause", "resume", "redrive", "kill"],
    disturbancesMax: 9,
    oddMessages: 15,
    killsMax: 2,
  },
  {
    name: "late workers",
    rates: { ...calm, ackLost: 20, ackLate: 20, kill: 4, hurry: 20, provider: 20 },
    disturbances: [...changes, "freeze_writer", "freeze_writer", "freeze", "stall", "kill", "redrive"],
    disturbancesMax: 12,
    oddMessages: 15,
    killsMax: 2,
  },
  {
    name: "late workers of cancelled syncs",
    rates: { ...calm, ackLost: 10, hurry: 20, provider: 10 },
    disturbances: [
      ...(["mail_leaves", "mail_leaves", "mail_arrives", "cancel", "cancel", "cancel"] as const),
      ...(["request", "request", "freeze_writer", "freeze_writer", "freeze_writer", "stall"] as const),
    ],
    disturbancesMax: 12,
    oddMessages: 0,
    killsMax: 1,
  },
  {
    name: "forgotten history",
    rates: { ...calm, provider: 20, ackLost: 10, hurry: 5 },
    disturbances: [...changes, "history_forgotten", "history_forgotten", "stall", "pause", "resume"],
    disturbancesMax: 9,
    oddMessages: 5,
    killsMax: 1,
  },
  {
    name: "provider",
    rates: { ...calm, provider: 150, hurry: 3 },
    disturbances: [...mail, "consent_lost", "consent_mended", "reconnect"],
    disturbancesMax: 4,
    oddMessages: 10,
    killsMax: 0,
  },
  {
    name: "broker",
    rates: { ...calm, ackLost: 60, ackLate: 60, publishLost: 50, hurry: 10 },
    disturbances: [...mail, ...again, "broker_down", "stall"],
    disturbancesMax: 5,
    oddMessages: 0,
    killsMax: 0,
  },
  {
    name: "store",
    rates: { ...calm, commitLost: 50, hurry: 5 },
    disturbances: [...mail, ...away, "kill"],
    disturbancesMax: 5,
    oddMessages: 5,
    killsMax: 2,
  },
  {
    name: "deaths",
    rates: { ...calm, kill: 12, ackLost: 20, hurry: 5 },
    disturbances: [...mail, ...deaths, "request_again"],
    disturbancesMax: 5,
    oddMessages: 0,
    killsMax: 6,
  },
  {
    name: "persons",
    rates: { ...calm, hurry: 5, provider: 30 },
    disturbances: [...mail, ...persons, "consent_lost", "consent_mended", "kill"],
    disturbancesMax: 7,
    oddMessages: 15,
    killsMax: 2,
  },
  {
    name: "poison",
    rates: { ...calm, provider: 20, ackLost: 10, hurry: 3 },
    disturbances: [...mail, "redrive", "discard", "retry", "kill", "stop"],
    disturbancesMax: 4,
    oddMessages: 45,
    killsMax: 1,
  },
  {
    name: "lost queue",
    rates: { ...calm, ackLost: 20, publishLost: 20, hurry: 5, provider: 30 },
    disturbances: [...mail, ...queueLoss, ...again, "pause", "resume", "redrive"],
    disturbancesMax: 5,
    oddMessages: 15,
    killsMax: 0,
  },
  {
    name: "lost log",
    rates: { ...calm, ackLost: 20, kill: 3, hurry: 5 },
    disturbances: [...mail, ...logLoss, ...logLoss, ...queueLoss, "pause", "resume", "kill"],
    disturbancesMax: 5,
    oddMessages: 10,
    killsMax: 2,
  },
  {
    name: "lost database",
    rates: { ...calm, ackLost: 10, hurry: 5 },
    disturbances: [...mail, ...databaseLoss, ...databaseLoss, "kill", "pause", "resume"],
    disturbancesMax: 6,
    oddMessages: 10,
    killsMax: 1,
  },
  {
    name: "removals",
    rates: {
      ...calm,
      kill: 8,
      ackLost: 20,
      ackLate: 10,
      publishLost: 10,
      commitLost: 10,
      provider: 30,
      hurry: 8,
    },
    disturbances: [
      ...mail,
      ...([
        "removal",
        "removal",
        "removal",
        "freeze_writer",
        "freeze_writer",
        "freeze",
        "stall",
        "kill",
      ] as const),
      ...(["request_again", "redeliver", "pause", "resume", "redrive", "retry", "consent_lost"] as const),
    ],
    disturbancesMax: 9,
    oddMessages: 15,
    killsMax: 4,
  },
  {
    name: "removals and a lost log",
    rates: { ...calm, kill: 4, ackLost: 10, hurry: 5 },
    disturbances: [...mail, ...removals, ...logLoss, ...logLoss, ...queueLoss],
    disturbancesMax: 8,
    oddMessages: 5,
    killsMax: 2,
  },
  {
    name: "removals and a lost database",
    rates: { ...calm, kill: 4, ackLost: 10, hurry: 5 },
    disturbances: [...mail, ...removals, ...databaseLoss, ...databaseLoss],
    disturbancesMax: 8,
    oddMessages: 5,
    killsMax: 2,
  },
  {
    name: "wild",
    rates: { ackLost: 30, ackLate: 30, publishLost: 30, commitLost: 30, provider: 100, kill: 6, hurry: 10 },
    disturbances: [
      ...mail,
      ...persons,
      ...deaths,
      ...away,
      ...again,
      ...queueLoss,
      ...logLoss,
      "junk_request",
      "consent_lost",
      "consent_mended",
      "account_removed",
      ...changes,
      "history_forgotten",
    ],
    disturbancesMax: 12,
    oddMessages: 20,
    killsMax: 5,
  },
];
