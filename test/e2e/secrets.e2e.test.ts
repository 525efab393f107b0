import { readFileSync } from "node:fs";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { jetstreamManager } from "@nats-io/jetstream";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";
import { type OtlpReceiver, startOtlpReceiver } from "../support/start-otlp-receiver.ts";

const email = "ann@millrace.test";
const messages = 250;
/** The client's secret. */
const clientSecret = "MARKED-client-secret-8d1f";
/** As the simulator makes them: what begins so is a refresh token or an access token. */
const marks = ["sim-refresh-", "ya29.", clientSecret];

let receiver: OtlpReceiver;
let simulator: GmailSimulator;
let millrace: Millrace;
let database: pg.Client;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  simulator = await startGmailSimulator({ quotas: "off", seed: 31 });
  millrace = await startMillrace(simulator.url, {
    LOG_LEVEL: "trace",
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_BSP_SCHEDULE_DELAY: "200",
    GOOGLE_CLIENT_SECRET: clientSecret,
    CONSENT_PROBE_SECONDS: "1",
    RETRY_CAP_SECONDS: "1",
  });
  database = new pg.Client({ connectionString: millrace.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await millrace?.stop();
  await simulator?.close();
  await receiver?.close();
});

/** A secret as it is, and as it looks in bytes and in base64 at each of the three places where it can begin. */
function formsOf(secret: string): string[] {
  const inner = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)])
      .toString("base64")
      .slice(shift === 0 ? 0 : 4, -4),
  );
  return [secret, Buffer.from(secret).toString("hex"), ...inner.filter((form) => form.length >= 8)];
}

async function everyRow(): Promise<string> {
  const { rows: tables } = await database.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await database.query<{ text: string }>(
      `select coalesce(string_agg(to_jsonb(t)::text, e'\\n'), '') as text from ${name} t`,
    );
    texts.push(`${name}: ${rows[0]?.text}`);
  }
  return texts.join("\n");
}

async function everyStream(): Promise<string> {
  const manager = await jetstreamManager(millrace.broker);
  const texts: string[] = [];
  for await (const { config, state } of manager.streams.list()) {
    for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq++) {
      const message = await manager.streams.getMessage(config.name, { seq });
      if (message === null) continue;
      texts.push(message.subject, message.string(), JSON.stringify([...message.header]));
    }
  }
  const seen = texts.join("\n");
  expect(seen).toContain("sync.completed");
  return seen;
}

async function everyAnswer(accountId: string, syncId: string): Promise<string> {
  const { paths } = await millrace.client.json<{ paths: Record<string, Record<string, unknown>> }>(
    "GET",
    "/openapi.json",
  );
  const texts: string[] = [];
  for (const path of Object.keys(paths)) {
    if (!("get" in (paths[path] ?? {})) || /stream$/.test(path)) continue;
    const id = path.startsWith("/v1/accounts") ? accountId : syncId;
    const answer = await millrace.client.send("GET", path.replace("{id}", id));
    texts.push(await answer.text(), JSON.stringify([...answer.headers]));
  }
  return texts.join("\n");
}

it("of a whole sync with expired tokens, lost consent and failing calls, no secret is in any row, stream, log, trace or answer", async () => {
  const { client } = millrace;
  await simulator.control.createMailbox({ email, generate: messages });
  const accountId = await client.connectAccount(email);
  for (const effect of [
    { kind: "expiredToken" },
    { kind: "status", status: 401 },
    { kind: "malformedJson" },
  ] as const)
    await simulator.control.addFault({ match: { email }, effect, when: { probability: 0.1 } });
  const syncId = await client.requestSync(accountId);
  expect(await client.waitForEnd(syncId)).toMatchObject({
    status: "completed",
    ledger: { stored: messages },
  });
  await simulator.control.clearFaults();

  await simulator.control.setGranted(email, false);
  const second = await client.requestSync(accountId, { mode: "full" });
  await client.waitFor(
    () => client.getSync(second),
    ({ status }) => status === "paused",
  );
  await simulator.control.setGranted(email, true);
  const credentials = { refreshToken: `sim-refresh-${email}` };
  await client.json("POST", `/v1/accounts/${accountId}/credentials`, { credentials });
  await client.waitForEnd(second);

  await client.waitFor(
    async () => receiver.spans,
    (spans) => spans.some((span) => span.attributes["millrace.fact"] === "account.reconnected"),
  );
  const logs = [...millrace.services.values()].map(({ logFile }) => readFileSync(logFile, "utf8"));
  expect(logs.every((log) => log.includes('"service.ready"'))).toBe(true);
  expect(logs.join("\n")).toMatch(/"level":"(trace|debug)"/); // nothing was kept back
  const places = {
    rows: await everyRow(),
    streams: await everyStream(),
    logs: logs.join("\n"),
    traces: Buffer.concat(receiver.bodies).toString("latin1"),
    answers: await everyAnswer(accountId, syncId),
  };
  expect(receiver.spans.some(({ hasFailed }) => hasFailed)).toBe(true); // with all that went wrong
  expect(places.traces).not.toContain(email);
  const secrets = [...marks, client.key.slice(3)];
  for (const [place, text] of Object.entries(places)) {
    expect(text, place).toContain(accountId); // it was really looked at
    for (const secret of secrets)
      for (const form of formsOf(secret)) expect(text.includes(form), `${secret} in ${place}`).toBe(false);
  }
});
