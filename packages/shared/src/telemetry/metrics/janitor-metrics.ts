import { counter } from "./counter.ts";
import { gauge } from "./gauge.ts";
import { histogram, slowSeconds } from "./histogram.ts";

const from = "janitor";
const stream = "the broker's stream, as `EVENTS`";
const consumer = "the durable consumer, as `fetcher-bulk`";
const task = "the task, as `reconcile`";

export const taskSeconds = histogram({
  name: "millrace.task.duration",
  unit: "s",
  description: "Runs of the janitor's tasks",
  from,
  attributes: { "millrace.task": task, "millrace.outcome": "`done`, `failed`" },
  buckets: slowSeconds,
});

export const taskFinishedAt = gauge({
  name: "millrace.task.finished.time",
  unit: "s",
  description: "When a task was done last, in seconds since 1970",
  from,
  attributes: { "millrace.task": task },
});

export const taskInterval = gauge({
  name: "millrace.task.interval",
  unit: "s",
  description: "How often a task is to run",
  from,
  attributes: { "millrace.task": task },
});

export const retentionRemoved = counter({
  name: "millrace.retention.removed",
  unit: "{row}",
  description: "What was removed because it had had its time",
  from,
  attributes: { "millrace.kind": "as `messages`, `auditEntries`, `webhooks`" },
});

export const streamMessages = gauge({
  name: "millrace.stream.messages",
  unit: "{message}",
  description: "Messages in the broker's streams",
  from,
  attributes: { "millrace.stream": stream },
});

export const streamBytes = gauge({
  name: "millrace.stream.size",
  unit: "By",
  description: "How large the broker's streams are",
  from,
  attributes: { "millrace.stream": stream },
});

export const streamBytesMax = gauge({
  name: "millrace.stream.limit",
  unit: "By",
  description:
    "How large they may grow. A full EVENTS or REQUESTS makes publishers wait, a full WORK loses its oldest work to the reconciler",
  from,
  attributes: { "millrace.stream": stream },
});

export const consumerPending = gauge({
  name: "millrace.consumer.pending",
  unit: "{message}",
  description: "Messages that wait for somebody to take them: the depth of the queue",
  from,
  attributes: { "messaging.consumer.group.name": consumer },
});

export const consumerClaimed = gauge({
  name: "millrace.consumer.claimed",
  unit: "{message}",
  description: "Messages that somebody has taken and not settled yet",
  from,
  attributes: { "messaging.consumer.group.name": consumer },
});

export const consumerRedelivered = gauge({
  name: "millrace.consumer.redelivered",
  unit: "{message}",
  description: "Of these, such as were delivered more than once",
  from,
  attributes: { "messaging.consumer.group.name": consumer },
});

export const oldestWorkAge = gauge({
  name: "millrace.queue.oldest.age",
  unit: "s",
  description:
    "How long the oldest work of a lane that is due has been in the queue, claimed or not; 0 when there is none",
  from,
  attributes: { "millrace.lane": ["live", "bulk", "list"] },
});

export const oldestRequestAge = gauge({
  name: "millrace.requests.oldest.age",
  unit: "s",
  description: "How long the oldest request has waited for the chunker; 0 when there is none",
  from,
  attributes: {},
});

export const projectionLagFacts = gauge({
  name: "millrace.projection.lag",
  unit: "{fact}",
  description: "Facts in the log that the views do not show yet",
  from,
  attributes: {},
});

export const projectionLagSeconds = gauge({
  name: "millrace.projection.lag.age",
  unit: "s",
  description: "How old the oldest of them is; 0 when there is none",
  from,
  attributes: {},
});

export const syncsUnended = gauge({
  name: "millrace.syncs",
  unit: "{sync}",
  description: "Syncs that have not ended, by their status",
  from,
  attributes: { "millrace.status": ["queued", "running", "paused"] },
});

export const syncsStalled = gauge({
  name: "millrace.syncs.stalled",
  unit: "{sync}",
  description:
    "Syncs that run, or could, have not moved for ten minutes, and wait for no attempt that is due later",
  from,
  attributes: {},
});

export const unbalancedSyncs = gauge({
  name: "millrace.ledger.imbalance",
  unit: "{message}",
  description: "Listed messages that nothing explains, of syncs that ended within a day. Must be 0",
  from,
  attributes: {},
});

export const deadLettersOpen = gauge({
  name: "millrace.dead_letters.open",
  unit: "{message}",
  description: "Messages that are set aside, and wait for somebody",
  from,
  attributes: { "millrace.state": ["open", "redriving"] },
});

export const accounts = gauge({
  name: "millrace.accounts",
  unit: "{account}",
  description: "Accounts that have been synced, by how they stand",
  from,
  attributes: { "millrace.status": "as `connected`, `reauth_required`, `removing`" },
});

export const watches = gauge({
  name: "millrace.watches",
  unit: "{account}",
  description: "Mailboxes by whether the provider tells us of their changes",
  from,
  attributes: { "millrace.status": ["unset", "active", "silent", "lapsed"] },
});

export const watchesEnding = gauge({
  name: "millrace.watches.ending",
  unit: "{account}",
  description:
    "Watches that are set, and end within two days unless they are renewed: that happens every day",
  from,
  attributes: {},
});

export const consentsEnding = gauge({
  name: "millrace.consents.ending",
  unit: "{account}",
  description:
    "Mailboxes that can be read, and whose consent ends within three days, as the provider said when it was given",
  from,
  attributes: {},
});

export const webhookEndpointsFailing = gauge({
  name: "millrace.webhooks.endpoints.failing",
  unit: "{endpoint}",
  description: "Endpoints that have taken nothing for an hour or more",
  from,
  attributes: {},
});

export const webhooksOverdue = gauge({
  name: "millrace.webhooks.overdue",
  unit: "{message}",
  description: "Webhooks that should have been sent five minutes ago",
  from,
  attributes: {},
});
