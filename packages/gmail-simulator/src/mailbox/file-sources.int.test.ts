import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGmailSimulator } from "../start-gmail-simulator.ts";
import { connectGoogleClient } from "../testing/connect-google-client.ts";
import { openMaildirSource } from "./maildir-source.ts";
import { openMboxSource } from "./mbox-source.ts";
import type { MessageSource } from "./message-source.ts";

const CORPUS = join(import.meta.dirname, "../../../../../shared/mail-corpus");
const FROM = "From 1234@xxx Tue Mar 02 10:00:00 +0000 2021";
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gmail-simulator-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function readAll(source: MessageSource): Promise<string[]> {
  const messages: string[] = [];
  for (let slot = 0; slot < source.count; slot++) messages.push((await source.read(slot)).toString("latin1"));
  return messages;
}

async function readMbox(text: string): Promise<string[]> {
  const path = join(folder, "test.mbox");
  await writeFile(path, text, "latin1");
  const source = await openMboxSource(path);
  const messages = await readAll(source);
  await source.close?.();
  return messages;
}

describe("an mbox", () => {
  test("gives each message without its From line and the blank line after it, line ends as they are", async () => {
    expect(await readMbox(`${FROM}\nSubject: a\n\none\n\n${FROM}\nSubject: b\n\ntwo\n\n`)).toEqual([
      "Subject: a\n\none\n",
      "Subject: b\n\ntwo\n",
    ]);
    expect(await readMbox(`${FROM}\r\nA: 1\r\n\r\none\r\n\r\n${FROM}\r\nA: 2\r\n\r\ntwo`)).toEqual([
      "A: 1\r\n\r\none\r\n",
      "A: 2\r\n\r\ntwo",
    ]);
  });
  test("takes one > from escaped From lines, and takes no sentence for a separator", async () => {
    const body = "From here on\n\nFrom now on it is 10:00\n>From me\n>>From you\nx >From z\n";
    expect(await readMbox(`${FROM}\nA: 1\n\n${body}`)).toEqual([
      `A: 1\n\n${body.replace(">From me\n>>From", "From me\n>From")}`,
    ]);
  });
  test("finds every message wherever it lies across the chunks that are read", async () => {
    const message = (n: number): string => `Subject: ${n}\n\n${"x".repeat(60)}\n`.repeat(1 + (n % 700));
    const messages = Array.from({ length: 400 }, (_, n) => message(n));
    const text = messages.map((one) => `${FROM}\n${one}\n`).join("");
    expect(text.length).toBeGreaterThan(4_000_000);
    expect(await readMbox(text)).toEqual(messages);
  });
  test("orders by date, joins threads, and reads Takeout's labels", async () => {
    const path = join(folder, "takeout.mbox");
    const labelled = "X-Gmail-Labels: Inbox,Unread,My Label,Category Updates";
    await writeFile(
      path,
      `${FROM}\nDate: Wed, 3 Mar 2021 00:00:00 +0000\nMessage-ID: <b@x>\nIn-Reply-To: <a@x>\n\nnew\n\n` +
        `${FROM}\nDate: Mon, 1 Mar 2021 00:00:00 +0000\nMessage-ID: <a@x>\n${labelled}\n\nold\n\n` +
        `${FROM}\nMessage-ID: <c@x>\n\nundated\n`,
    );
    const source = await openMboxSource(path);
    expect((await readAll(source)).map((one) => one.split("\n\n")[1])).toEqual(
      ["old\n", "undated\n", "new\n"].map((t) => t),
    );
    expect([0, 1, 2].map((slot) => source.threadSlot(slot))).toEqual([0, 1, 0]);
    expect(source.labelIds(0)).toEqual(["INBOX", "UNREAD", "Label_1", "CATEGORY_UPDATES"]);
    expect(source.userLabels).toEqual([{ id: "Label_1", name: "My Label" }]);
    await source.close?.();
  });
  test("an empty one, or a file that is no mbox, has no messages", async () => {
    expect(await readMbox("")).toEqual([]);
    expect(await readMbox("just text\n")).toEqual([]);
  });
});

describe("a Maildir", () => {
  test("is every file but hidden ones, READMEs and those in tmp, with flags as labels", async () => {
    const root = join(folder, "maildir");
    for (const name of ["cur", "new", "tmp"]) await mkdir(join(root, name), { recursive: true });
    await writeFile(join(root, "cur", "1:2,FS"), "Date: Mon, 1 Mar 2021 00:00:00 +0000\r\n\r\nseen\0\xff");
    await writeFile(join(root, "new", "2"), "Date: Tue, 2 Mar 2021 00:00:00 +0000\n\nfresh");
    await writeFile(join(root, "tmp", "3"), "half");
    await writeFile(join(root, ".hidden"), "no");
    await writeFile(join(root, "README.md"), "no");
    const source = await openMaildirSource(root);
    expect(source.count).toBe(2);
    expect([0, 1].map((slot) => source.labelIds(slot))).toEqual([
      ["INBOX", "STARRED"],
      ["INBOX", "UNREAD"],
    ]);
    expect(await source.read(0)).toEqual(await readFile(join(root, "cur", "1:2,FS")));
  });
  test("that is not there is an error that names it", async () => {
    await expect(openMaildirSource(join(folder, "nowhere"))).rejects.toThrow("nowhere");
  });
});

describe.skipIf(!existsSync(CORPUS))(
  "the mail corpus (shared/mail-corpus, skipped where it is missing)",
  () => {
    test("every file comes back bit by bit through the real client, and in full its structure is JSON", async () => {
      const entries = await readdir(CORPUS, { recursive: true, withFileTypes: true });
      const files = entries.filter((one) => one.isFile() && one.name !== "README.md");
      const digests = await Promise.all(
        files.map(async (one) => sha256(await readFile(join(one.parentPath, one.name)))),
      );
      const email = "corpus@example.com";
      const simulator = await startGmailSimulator({ quotas: "off", mailboxes: [{ email, maildir: CORPUS }] });
      const { api } = connectGoogleClient(simulator, email);
      const { data } = await api.users.messages.list({ userId: "me", maxResults: 500 });
      expect(data.messages).toHaveLength(317);
      const seen: string[] = [];
      for (const { id } of data.messages ?? []) {
        const query = { userId: "me", id: id ?? "" };
        const raw = await api.users.messages.get({ ...query, format: "raw" });
        seen.push(sha256(Buffer.from(raw.data.raw ?? "", "base64url")));
        const full = await api.users.messages.get({ ...query, format: "full" });
        expect(full.data.payload?.mimeType).toMatch(/^[a-z]+\/[^\s;]+$/);
      }
      expect(seen.sort()).toEqual(digests.sort());
      await simulator.close();
    });
  },
);

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
