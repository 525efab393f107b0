import { counter } from "./counter.ts";
import { gauge } from "./gauge.ts";

const from = "janitor";

export const verifications = gauge({
  name: "millrace.verifications",
  unit: "{account}",
  description:
    "Comparisons of mailboxes with the store by schedule: those that run, those whose turn was a day ago and more although nothing is in their way, and those that failed within a day",
  from,
  attributes: { "millrace.status": ["running", "overdue", "failed"] },
});

export const accountsDrifting = gauge({
  name: "millrace.accounts.drifting",
  unit: "{account}",
  description:
    "Accounts whose copy has differed from the mailbox in two comparisons in a row or more, although what differed was taken in",
  from,
  attributes: {},
});

export const schedulesOverdue = gauge({
  name: "millrace.schedules.overdue",
  unit: "{account}",
  description: "Connected accounts whose schedule was due ten minutes ago, and that nobody has looked at",
  from,
  attributes: {},
});

export const topologyDifferences = gauge({
  name: "millrace.topology.differences",
  unit: "{field}",
  description:
    "Fields of a stream's or a consumer's configuration that are not what they should be; the janitor's log names them (`event=topology.differs`). One that is not there counts as one",
  from,
  attributes: { "millrace.part": "as `EVENTS`, `WORK/fetcher-bulk`" },
});

export const topologyRepairs = counter({
  name: "millrace.topology.repairs",
  unit: "{repair}",
  description: "How often a configuration that somebody had changed was put right",
  from: "all",
  attributes: { "millrace.kind": ["stream", "consumer"] },
});

export const topologyLosses = counter({
  name: "millrace.topology.losses",
  unit: "{part}",
  description:
    "How often a stream or a consumer was gone while services ran, and was made anew; the log of the one that missed it names it (`event=topology.differs`)",
  from: "all",
  attributes: { "millrace.kind": ["stream", "consumer"] },
});

const store = "`database`, or a stream of the broker, as `EVENTS`";

export const storeSize = gauge({
  name: "millrace.store.size",
  unit: "By",
  description: "How large what keeps data is",
  from,
  attributes: { "millrace.store": store },
});

export const storeLimit = gauge({
  name: "millrace.store.limit",
  unit: "By",
  description: "How large it may grow; absent where nobody has said so (`DATABASE_MIB_MAX`)",
  from,
  attributes: { "millrace.store": store },
});

export const storeGrowth = gauge({
  name: "millrace.store.daily.growth",
  unit: "By",
  description: "By how much it grows a day, as a rule; absent until it has been looked at for two days",
  from,
  attributes: { "millrace.store": store },
});

export const storeLeft = gauge({
  name: "millrace.store.left",
  unit: "s",
  description:
    "When it is full if it goes on growing like this; absent where that is not in sight, or not known",
  from,
  attributes: { "millrace.store": store },
});
