#!/usr/bin/env node
import { createServer, type IncomingMessage } from "node:http";
import { parseArgs } from "node:util";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

const usage = `usage: WEBHOOK_SECRET=whsec_… node examples/src/receive-webhooks.ts [--port PORT]

Takes webhooks, checks who they are from, and prints each message once, as a line of JSON.

options:
  --port PORT    where it listens on 127.0.0.1 (9000)
`;

/** A message may come again for days; who forgets its id may do its work twice. Here so many are remembered. */
const remembered = 10_000;
const bodyBytesMax = 256 * 1_024;

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "9000" },
    help: { type: "boolean", short: "h", default: false },
  },
});
const secret = process.env.WEBHOOK_SECRET;
if (values.help || !secret) {
  process.stderr.write(usage);
  process.exit(values.help ? 0 : 2);
}

const webhook = new Webhook(secret);
const seen = new Set<string>();

const server = createServer(async (request, response) => {
  try {
    const body = await read(request);
    const message = webhook.verify(body, request.headers as Record<string, string>);
    const id = String(request.headers["webhook-id"]);
    if (!seen.has(id)) process.stdout.write(`${JSON.stringify({ id, ...(message as object) })}\n`);
    remember(id);
    // 2xx says that it is taken. What takes longer than a few seconds is done afterwards.
    response.writeHead(204).end();
  } catch (error) {
    response.writeHead(error instanceof WebhookVerificationError ? 401 : 400).end();
  }
});
server.listen(Number(values.port), "127.0.0.1");
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => server.close());

/** The bytes as they came: a body that was parsed and written again has another signature. */
async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw new Error("too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function remember(id: string): void {
  seen.add(id);
  const [oldest] = seen;
  if (seen.size > remembered && oldest !== undefined) seen.delete(oldest);
}
