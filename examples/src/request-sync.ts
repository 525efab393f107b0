#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { jetstream } from "@nats-io/jetstream";
import { connect, headers as createHeaders, nkeyAuthenticator } from "@nats-io/transport-node";

const usage = `usage: node examples/src/request-sync.ts TENANT ACCOUNT --nkey FILE --user NAME --id ID [--nats URL] [--ca FILE] [--mode MODE]

Asks for a sync as another service does: publishes SyncRequested with a publisher's user, and waits until the stream has
it on disk. With the same ID again it is the same sync.

options:
  --nkey FILE   the publisher's seed
  --user NAME   the publisher's name; answers arrive in an inbox that bears it
  --id ID       what names the request: that of an order, say
  --nats URL    the broker (nats://127.0.0.1:4222)
  --ca FILE     who signed the broker's certificate, in PEM
  --mode MODE   auto, full or incremental (auto)
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    nats: { type: "string", default: "nats://127.0.0.1:4222" },
    nkey: { type: "string" },
    user: { type: "string" },
    id: { type: "string" },
    ca: { type: "string" },
    mode: { type: "string", default: "auto" },
    help: { type: "boolean", short: "h", default: false },
  },
});
const [tenantId, accountId] = positionals;
const { nkey, user, id, ca, mode } = values;
if (values.help || !tenantId || !accountId || !nkey || !user || !id) {
  process.stderr.write(usage);
  process.exit(values.help ? 0 : 2);
}

const connection = await connect({
  servers: values.nats,
  name: user,
  authenticator: nkeyAuthenticator(() => Buffer.from(readFileSync(nkey, "utf8").trim())),
  inboxPrefix: `_INBOX_${user}`,
  ...(ca === undefined ? {} : { tls: { caFile: ca } }),
});
const headers = createHeaders();
headers.set("ce-specversion", "1.0");
headers.set("ce-type", "SyncRequested");
headers.set("ce-source", `/${user}`);
headers.set("ce-id", id);
try {
  const subject = `sync.requests.${tenantId}.${accountId}`;
  const { stream, seq } = await jetstream(connection).publish(subject, JSON.stringify({ mode }), { headers });
  process.stdout.write(`${JSON.stringify({ stream, seq })}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await connection.close();
}
