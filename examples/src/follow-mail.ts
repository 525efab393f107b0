#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { AckPolicy, DeliverPolicy, type JsMsg, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";

const usage = `usage: node examples/src/follow-mail.ts TENANT [--nats URL] [--ca FILE] [--user NAME --nkey FILE]

Follows what happens to a tenant's mail, without polling: prints a line for each message that was added, changed or
deleted, as JSON. A durable consumer keeps the place, so that a second start goes on where the first one ended. A new one
begins with the oldest fact that the log has.

options:
  --nats URL     the broker (nats://127.0.0.1:4222)
  --ca FILE      who signed the broker's certificate, in PEM
  --user NAME    a follower of this tenant (npm run nats-users -- … --follower NAME=TENANT); it has a consumer
  --nkey FILE    the follower's seed
Without a user the broker has to be one that lets everybody do everything; then the consumer is made here.
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
    ca: { type: "string" },
    user: { type: "string" },
    nkey: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});
const [tenantId] = positionals;
const { nats: servers, ca, user, nkey } = values;
if (values.help || tenantId === undefined || (user === undefined) !== (nkey === undefined)) {
  process.stderr.write(usage);
  process.exit(values.help ? 0 : 2);
}

const name = `follow-${user ?? `mail-${tenantId}`}`;
const connection = await connect({
  servers,
  name,
  maxReconnectAttempts: -1,
  inboxPrefix: `_INBOX_${user ?? name}`,
  ...(nkey === undefined
    ? {}
    : { authenticator: nkeyAuthenticator(() => Buffer.from(readFileSync(nkey, "utf8").trim())) }),
  ...(ca === undefined ? {} : { tls: { caFile: ca } }),
});
if (user === undefined) {
  const { consumers } = await jetstreamManager(connection);
  // One that is there keeps its place, and what it follows.
  const isThere = await consumers.info("EVENTS", name).then(
    () => true,
    () => false,
  );
  if (!isThere)
    await consumers.add("EVENTS", {
      durable_name: name,
      // Chunks that were settled, those that a sync left behind when it was cancelled, and labels that were removed.
      filter_subjects: ["chunk.*", "attempt.*", "note"].map((about) => `evt.${tenantId}.*.${about}`),
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
    });
}
/** How the broker, and its client, say that the consumer is gone, or was lost with the log. */
const missing = /(consumer|stream) not found|consumer (was )?deleted/i;
const howItIsMade =
  user === undefined
    ? "start again, and it is made"
    : "whoever has the folder of the broker's users makes it: npm run nats-users -- FOLDER --server URL";
const whatToDo = `The consumer ${name} is not there: ${howItIsMade}. It then begins with the oldest fact that the log has.`;

// Of Millrace's streams a follower sees its own consumer, under this name.
const domain = user === undefined ? {} : { domain: "millrace" };
try {
  const consumer = await jetstream(connection, domain).consumers.get("EVENTS", name);
  // One that is deleted meanwhile comes back by itself never: better to end than to wait without a word.
  const messages = await consumer.consume({ abort_on_missing_resource: true });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => messages.stop());
  for await (const message of messages) {
    tell(message);
    // A fact may come twice. What is done with a message must bear that, or look whether it was done.
    message.ack();
  }
} catch (error) {
  if (!(error instanceof Error && missing.test(error.message))) throw error;
  process.stderr.write(`${whatToDo}\n`);
  process.exitCode = 1;
}
await connection.drain();

function tell(message: JsMsg): void {
  const [, tenant, accountId] = message.subject.split(".");
  const isAsked = tenant === tenantId; // a follower may follow several
  const { syncId, mail, type, labelIds = [] } = message.json<ChunkFact>();
  if (isAsked && type === "labels.removed")
    for (const labelId of labelIds) print({ change: "labelRemoved", accountId, labelId, syncId });
  for (const [change, ids] of Object.entries((isAsked && mail) || {})) {
    for (const messageId of ids) print({ change, accountId, messageId, syncId });
  }
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
