import { hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ContentMode, MailMessage } from "../../mail/mail-message.ts";
import { findUnstorable } from "../../mail/testing/storable-message.ts";
import { memoryTokenVault } from "../testing/memory-token-vault.ts";
import { createGmailProvider } from "./create-gmail-provider.ts";

/** Real mail beside the repository; the tests are skipped, visibly, where it is missing. */
const corpusFolder = join(import.meta.dirname, "../../../../../../shared/mail-corpus");
const email = "corpus@example.com";

describe.skipIf(!existsSync(corpusFolder))("the mail corpus, through the provider", () => {
  let simulator: GmailSimulator;
  let provider: ReturnType<typeof createGmailProvider>;

  beforeAll(async () => {
    simulator = await startGmailSimulator({ mailboxes: [{ email, maildir: corpusFolder }], quotas: "off" });
    provider = createGmailProvider({
      vault: memoryTokenVault(),
      rootUrl: simulator.rootUrl,
      tokenUrl: simulator.tokenUrl,
      clientId: "client",
      clientSecret: "secret",
    });
  });
  afterAll(async () => {
    provider.close();
    await simulator.close();
  });

  async function fetchAll(content: ContentMode): Promise<Map<string, MailMessage>> {
    const session = provider.connect({
      tenantId: "t",
      accountId: "corpus",
      email,
      refreshToken: `sim-refresh-${email}`,
    });
    const page = await session.listPage({ idsMax: 500 });
    if (!page.ok) throw new Error(page.fault.message);
    const messages = new Map<string, MailMessage>();
    for await (const { id, result } of session.fetchMessages(page.value.ids, content)) {
      if (!result.ok) throw new Error(result.fault.message);
      messages.set(id, result.value);
    }
    expect(messages.size).toBe(page.value.ids.length);
    return messages;
  }

  it("in mode raw, every digest is a file's", async () => {
    const digests = readdirSync(corpusFolder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "README.md")
      .map((entry) => hash("sha256", readFileSync(join(entry.parentPath, entry.name)), "hex"));
    const messages = await fetchAll("raw");
    expect([...messages.values()].map((message) => message.rawSha256).sort()).toEqual(digests.sort());
  });

  it("is the same mail in modes raw and full: subject, addresses, dates, bodies, attachments", async () => {
    const raw = await fetchAll("raw");
    for (const [id, full] of await fetchAll("full")) {
      expect(findUnstorable(full)).toEqual([]);
      const other = raw.get(id) as MailMessage;
      // Bytes that fit no charset: the provider has replaced them, which only the exact bytes can tell.
      if (full.text?.includes("\uFFFD")) continue;
      expect(comparable(full)).toEqual(comparable(other));
    }
  });
});

/** All that does not depend on the mode; the file tells which message it was. */
function comparable(message: MailMessage) {
  const { subject, sentAt, messageIdHeader, inReplyTo, references, from, to, cc, text, html } = message;
  const attachments = message.attachments.map(({ partId, filename, mimeType, sizeBytes, contentId }) => {
    return { partId, filename, mimeType, sizeBytes, contentId };
  });
  return { subject, sentAt, messageIdHeader, inReplyTo, references, from, to, cc, text, html, attachments };
}
