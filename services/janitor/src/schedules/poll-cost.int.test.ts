import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { createTokenVault } from "@millrace/shared/postgres/create-token-vault";
import { Keyring } from "@millrace/shared/postgres/keyring";
import { createAccountLoader, sealCredentials } from "@millrace/shared/postgres/load-account";
import { createGmailProvider } from "@millrace/shared/providers/gmail/create-gmail-provider";
import { expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { runDueSchedules, runsPerBatch, type SchedulePorts } from "./run-due-schedules.ts";
import { hasChanged } from "./schedule-ports.ts";

const accounts = 320;
const limits = { minSeconds: 60, idleSeconds: 3_600, idlePushSeconds: 21_600 };
const ticksPerSecond = 100;

/** CPU of the database's processes that work for this pool, in milliseconds; 0 where the system does not tell. */
async function databaseMs({ pool }: TestWorld): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>(
    "select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend'",
  );
  let ticks = 0;
  for (const { pid } of rows) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }
  return (ticks / ticksPerSecond) * 1_000;
}

/** The simulator runs in this process: what a poll costs is less than what is printed. */
it("a poll that finds nothing asks for no sync, and says what it costs", async () => {
  const [world, simulator] = await Promise.all([startWorld(), startGmailSimulator({ quotas: "off" })]);
  const keyring = Keyring.parse(`k1:${randomBytes(32).toString("base64")}`);
  const provider = createGmailProvider({
    vault: createTokenVault(world.pool, keyring),
    rootUrl: simulator.rootUrl,
    tokenUrl: simulator.tokenUrl,
    clientId: "client",
    clientSecret: "secret",
  });
  try {
    for (let i = 0; i < accounts; i++) {
      const ref = await world.addAccount();
      const email = `${ref.accountId}@example.com`;
      await simulator.control.createMailbox({ email, generate: 1 });
      const { historyId } = await simulator.control.getMailbox(email);
      const sealed = sealCredentials(keyring, ref, { refreshToken: `sim-refresh-${email}` });
      await world.pool.query("update accounts set email = $2, sealed_credentials = $3 where id = $1", [
        ref.accountId,
        email,
        sealed,
      ]);
      await world.pool.query(
        `insert into account_states (account_id, tenant_id, watermark, last_synced_at, epoch, seq)
         values ($1, $2, $3, now(), 1, 1)`,
        [ref.accountId, ref.tenantId, historyId],
      );
      await world.pool.query(
        "insert into schedules (account_id, tenant_id, next_run_at) values ($1, $2, now())",
        [ref.accountId, ref.tenantId],
      );
    }
    const load = createAccountLoader(world.pool, keyring);
    const ports: SchedulePorts = {
      ...world.ports,
      random: Math.random,
      limits,
      hasChanged: (ref, since, signal) => hasChanged(provider, load, ref, since, signal),
    };
    const pollAll = async (): Promise<void> => {
      await world.pool.query("update schedules set next_run_at = now() - interval '1 second'");
      for (let i = 0; i < accounts / runsPerBatch; i++)
        await runDueSchedules(ports, new AbortController().signal);
    };
    await pollAll(); // access tokens are obtained once an hour
    const [before, databaseBefore] = [process.cpuUsage(), await databaseMs(world)];
    await pollAll();
    const { user, system } = process.cpuUsage(before);
    const own = (user + system) / 1_000 / accounts;
    const database = ((await databaseMs(world)) - databaseBefore) / accounts;
    const share = (seconds: number) => `${(((own + database) * 10_000) / seconds / 10).toFixed(2)} %`;
    console.info(
      `a poll: ${own.toFixed(2)} ms here, ${database.toFixed(2)} ms in the database; 10,000 idle accounts: ` +
        `${share(limits.idleSeconds)} of a core without push, ${share(limits.idlePushSeconds)} with it`,
    );
    expect((await world.nats.jsm.streams.info("REQUESTS")).state.messages).toBe(0);
    const { rows } = await world.pool.query(
      "select from schedules where last_run_at is null or next_run_at < now()",
    );
    expect(rows).toEqual([]);
  } finally {
    provider.close();
    await simulator.close();
    await world.stop();
  }
});
