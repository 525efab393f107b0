import { Random } from "@millrace/gmail-simulator/random";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../support/start-emulator.ts";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

const email = "someone@emulator.test";
const initial = 60;
const steps = 1_000;

let emulator: Emulator;
let millrace: Millrace;
let database: pg.Client;
let accountId: string;

beforeAll(async () => {
  emulator = await startEmulator(email);
  for (let n = 0; n < initial; n++) await emulator.insert(`Message ${n}`);
  millrace = await startMillrace(emulator.url, {
    GOOGLE_TOKEN_URL: emulator.tokenUrl,
    RETRY_CAP_SECONDS: "1",
  });
  database = new pg.Client({ connectionString: millrace.databaseUrl });
  await database.connect();
  const credentials = { refreshToken: await emulator.refreshToken() };
  const account = { provider: "gmail", email, credentials };
  accountId = (await millrace.client.json<{ id: string }>("POST", "/v1/accounts", account)).id;
});
afterAll(async () => {
  await database?.end();
  await millrace?.stop();
  await emulator?.stop();
});

async function sync(mode: string) {
  return millrace.client.waitForEnd(await millrace.client.requestSync(accountId, { mode }));
}
async function expectSame(): Promise<void> {
  const { rows } = await database.query<{ id: string; labels: string[] }>(
    `select provider_id as id, array(select unnest(label_ids) order by 1) as labels
     from messages where account_id = $1 and deleted_at is null`,
    [accountId],
  );
  const stored = new Map(rows.map(({ id, labels }) => [id, labels]));
  const shown = await emulator.shown();
  expect([...stored.keys()].sort()).toEqual([...shown.keys()].sort());
  const wrong = [...shown].filter(([id, labels]) => stored.get(id)?.join() !== labels.join());
  expect(wrong.map(([id, labels]) => ({ id, labels, stored: stored.get(id) }))).toEqual([]);
}

it("is what these tests are about: no profile, no batches, history ids beyond 64 bits, ids longer than Gmail's", async () => {
  expect(await emulator.answers("GET", "/gmail/v1/users/me/profile")).toBe(404);
  expect(await emulator.answers("POST", "/batch/gmail/v1")).toBe(404);
  const { id, historyId } = await emulator.insert("One more");
  expect(BigInt(historyId)).toBeGreaterThan(2n ** 64n);
  expect(id.length).toBeGreaterThan(16);
});

it("a mailbox of it is synced as a whole", async () => {
  const ended = await sync("full");
  expect(ended).toMatchObject({ status: "completed", ledger: { balanced: true, deadLettered: 0 } });
  expect(BigInt(ended.watermark ?? 0)).toBeGreaterThan(2n ** 64n);
  await expectSame();
});

it("nothing happens where nothing has changed", async () => {
  const before = await sync("auto");
  expect(await sync("auto")).toMatchObject({ watermark: before.watermark, ledger: { listed: 0 } });
});

it("a mailbox that is changed by script while it is synced, in every mode, is right at rest", async () => {
  let isOver = false;
  const changing = change(new Random(3)).finally(() => {
    isOver = true;
  });
  const modes = ["incremental", "auto", "full"];
  for (let n = 0; !isOver; n++)
    expect(["completed", "coalesced"]).toContain((await sync(modes[n % modes.length] ?? "auto")).status);
  await changing;
  expect(await sync("auto")).toMatchObject({ status: "completed" });
  await expectSame();
});

async function change(random: Random): Promise<void> {
  const ids = [...(await emulator.shown()).keys()];
  const label = await emulator.createLabel("Some label");
  const trashed = new Set<string>();
  for (let step = 0; step < steps; step++) {
    const drawn = random.float();
    const at = random.below(ids.length);
    const id = ids[at] ?? "";
    if (drawn < 0.3) ids.push((await emulator.insert(`New ${step}`)).id);
    else if (drawn < 0.4 && ids.length > 10) {
      await emulator.remove(id);
      ids.splice(at, 1);
      trashed.delete(id);
    } else if (drawn < 0.55) {
      await emulator.trash(id);
      trashed.add(id);
    } else if (drawn < 0.65 && trashed.size > 0) {
      const back = random.pick([...trashed]);
      await emulator.untrash(back);
      trashed.delete(back);
    } else if (drawn < 0.8) await emulator.modify(id, { addLabelIds: [random.pick([label, "STARRED"])] });
    else await emulator.modify(id, { removeLabelIds: [random.pick([label, "UNREAD"])] });
  }
}
