import { startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { opsUrlOf } from "../support/scrape.ts";
import { type Millrace, type ServiceName, serviceNames, startMillrace } from "../support/start-millrace.ts";

let simulator: Awaited<ReturnType<typeof startGmailSimulator>>;
let millrace: Millrace;
beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", seed: 17, mailboxes: [] });
  millrace = await startMillrace(simulator.url, { OPS_PORT: "0" });
});
afterAll(async () => {
  await millrace?.stop();
  await simulator?.close();
});

async function ask(name: ServiceName, path: string) {
  const answer = await fetch(`${opsUrlOf(millrace, name)}${path}`);
  return { status: answer.status, body: (await answer.json()) as { reasons?: string[] } };
}

test("each service is live and ready, is not ready while the broker is away, and is ready again after it", async () => {
  for (const name of serviceNames) {
    expect((await ask(name, "/live")).status).toBe(200);
    expect((await ask(name, "/ready")).status).toBe(200);
  }
  await millrace.nats.kill();
  for (const name of serviceNames) {
    await expect
      .poll(async () => (await ask(name, "/ready")).body.reasons, { timeout: 10_000 })
      .toEqual(["nats: away"]);
    expect((await ask(name, "/live")).status).toBe(200);
  }
  await millrace.nats.restart();
  for (const name of serviceNames)
    await expect.poll(async () => (await ask(name, "/ready")).status, { timeout: 20_000 }).toBe(200);
});

test("a port that is taken ends the start with a sentence that says what to set", async () => {
  const port = new URL(opsUrlOf(millrace, "chunker")).port;
  await expect(startMillrace(simulator.url, { OPS_PORT: port })).rejects.toThrow(/Set OPS_PORT/);
});
