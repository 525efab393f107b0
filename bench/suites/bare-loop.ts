import type { MailMessage } from "@millrace/shared/mail/mail-message";
import { createPool } from "@millrace/shared/postgres/create-pool";
import { createTokenVault } from "@millrace/shared/postgres/create-token-vault";
import { Keyring } from "@millrace/shared/postgres/keyring";
import { createGmailProvider } from "@millrace/shared/providers/gmail/create-gmail-provider";
import { createLogger } from "@millrace/shared/runtime/create-logger";
import { storeMessages } from "../../services/fetcher/src/store-messages.ts";

/**
 * The least that has to be done: list each mailbox, fetch its messages in batches with Millrace's client, store them with
 * Millrace's SQL. One process, no queue, no events, no checkpoint; what dies is lost. Its argument says what to do, in JSON;
 * its output, what it did.
 */
interface Task {
  readonly databaseUrl: string;
  readonly gmailUrl: string;
  readonly encryptionKeys: string;
  readonly accounts: readonly {
    readonly tenantId: string;
    readonly accountId: string;
    readonly email: string;
  }[];
  /** Chunks worked on at once. */
  readonly slots: number;
  readonly chunkSize: number;
  readonly batchSize: number;
}

const task = JSON.parse(process.argv[2] ?? "") as Task;
const began = process.cpuUsage();
const beganMs = performance.now();
const stored = await run(task);
const seconds = (performance.now() - beganMs) / 1_000;
const used = process.cpuUsage(began);
process.stdout.write(JSON.stringify({ stored, seconds, cpuSeconds: (used.user + used.system) / 1e6 }));

async function run({
  databaseUrl,
  gmailUrl,
  encryptionKeys,
  accounts,
  slots,
  chunkSize,
  batchSize,
}: Task): Promise<number> {
  const log = createLogger("bare", "warn");
  const pool = createPool(databaseUrl, "fetcher", slots + 1, log);
  const provider = createGmailProvider({
    vault: createTokenVault(pool, Keyring.parse(encryptionKeys)),
    rootUrl: `${gmailUrl}/`,
    tokenUrl: `${gmailUrl}/token`,
    clientId: "bench",
    clientSecret: "bench",
    batchSize,
  });
  const chunks: (() => Promise<number>)[] = [];
  let listing = accounts.length;
  let stored = 0;

  async function list(account: Task["accounts"][number]): Promise<void> {
    const session = provider.connect({ ...account, refreshToken: `sim-refresh-${account.email}` });
    let chunkIndex = 0;
    let pageToken: string | undefined;
    do {
      const page = await session.listPage({ idsMax: 500, pageToken });
      if (!page.ok) throw new Error(page.fault.message);
      for (let at = 0; at < page.value.ids.length; at += chunkSize) {
        const messageIds = page.value.ids.slice(at, at + chunkSize);
        const index = chunkIndex++;
        chunks.push(async () => {
          const messages: MailMessage[] = [];
          for await (const { result } of session.fetchMessages(messageIds, "full"))
            if (result.ok) messages.push(result.value);
            else throw new Error(result.fault.message);
          await storeMessages(pool, workOf(account, index, messageIds), messages);
          return messages.length;
        });
      }
      pageToken = page.value.nextPageToken ?? undefined;
    } while (pageToken !== undefined);
  }

  const worker = async (): Promise<void> => {
    for (;;) {
      const chunk = chunks.shift();
      if (chunk !== undefined) {
        const count = await chunk();
        stored += count;
      } else if (listing === 0) return;
      else await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  const lists = accounts.map(async (account) => {
    await list(account);
    listing--;
  });
  await Promise.all([...lists, ...Array.from({ length: slots }, worker)]);
  provider.close();
  await pool.end();
  return stored;
}

function workOf(
  { tenantId, accountId }: Task["accounts"][number],
  chunkIndex: number,
  messageIds: readonly string[],
): Parameters<typeof storeMessages>[1] {
  return {
    ref: { tenantId, accountId },
    lane: "bulk",
    deliveryCount: 1,
    enqueuedAtMs: 0,
    baseline: null,
    item: {
      kind: "chunk",
      syncId: `bare_${accountId}`,
      run: 0,
      chunkIndex,
      pageNumber: 0,
      mark: "",
      messageIds: [...messageIds],
      content: "full",
      refresh: false,
      changes: null,
      history: { failed: 0, streak: 0, poison: 0 },
    },
  };
}
