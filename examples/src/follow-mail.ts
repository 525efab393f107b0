#!/usr/bin/env node
import { parseArgs } from "node:util";
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

const usage = `usage: node examples/src/follow-mail.ts TENANT [--nats URL] [--name NAME] [--from-start]

Follows what happens to a tenant's mail, without polling: prints a line for each message that was added, changed or
deleted, as JSON. A durable consumer (NAME) keeps the place, so that a second start goes on where the first one ended.

options:
  --nats URL     the broker (nats://127.0.0.1:4222)
  --name NAME    the consumer's name (follow-mail-TENANT)
  --from-start   a new consumer begins with the oldest fact, not with the next one
`;

/** What this subscriber reads of a fact; there is more, see docs/asyncapi.json. */
interface ChunkFact {
  readonly type: string;
  readonly syncId: string;
  readonly labelIds?: readonly string[];
  readonly mail?: Readonly<Record<"added" | "changed" | "deleted", readonly string[]>>;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    nats: { type: "string", default: "nats://127.0.0.1:4222" },
    name: { type: "string" },
    "from-start": { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
const [tenantId] = positionals;
if (values.help || tenantId === undefined) {
  process.stderr.write(usage);
  process.exit(values.help ? 0 : 2);
}

const connection = await connect({ servers: values.nats, name: "follow-mail", maxReconnectAttempts: -1 });
const manager = await jetstreamManager(connection);
const name = values.name ?? `follow-mail-${tenantId}`;
// One that is there keeps its place, and what it follows.
const isThere = await manager.consumers.info("EVENTS", name).then(
  () => true,
  () => false,
);
if (!isThere)
  await manager.consumers.add("EVENTS", {
    durable_name: name,
    // Chunks that were settled, those that a sync left behind when it was cancelled, and labels that were removed.
    filter_subjects: ["chunk.*", "attempt.*", "note"].map((about) => `evt.${tenantId}.*.${about}`),
    ack_policy: AckPolicy.Explicit,
    deliver_policy: values["from-start"] ? DeliverPolicy.All : DeliverPolicy.New,
  });
const consumer = await jetstream(connection).consumers.get("EVENTS", name);
const messages = await consumer.consume();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => messages.stop());

for await (const message of messages) {
  const [, , accountId] = message.subject.split(".");
  const { syncId, mail, type, labelIds = [] } = message.json<ChunkFact>();
  if (type === "labels.removed")
    for (const labelId of labelIds) print({ change: "labelRemoved", accountId, labelId, syncId });
  for (const [change, ids] of Object.entries(mail ?? {})) {
    for (const messageId of ids) print({ change, accountId, messageId, syncId });
  }
  // A fact may come twice. What is done with a message must bear that, or look whether it was done.
  message.ack();
}
await connection.drain();

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
