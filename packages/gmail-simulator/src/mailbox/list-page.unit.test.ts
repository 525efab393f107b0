import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generatedSource } from "./generated-source.ts";
import { type ListRequest, listPage } from "./list-page.ts";
import { Mailbox } from "./mailbox.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const open = (count: number): Mailbox =>
  new Mailbox({
    email: "a@example.com",
    seed: 1,
    historyIdStart: 1n,
    source: generatedSource("a@example.com", count, 1),
  });
const request: ListRequest = {
  q: "",
  labelIds: [],
  includeSpamTrash: false,
  resultsMax: 10,
  beforeSlot: Number.POSITIVE_INFINITY,
  nowMs: NOW_MS,
};

async function listAll(
  mailbox: Mailbox,
  asked: Partial<ListRequest>,
  between?: () => void,
): Promise<number[]> {
  const slots: number[] = [];
  let beforeSlot: number | null = Number.POSITIVE_INFINITY;
  while (beforeSlot !== null) {
    const page = await listPage(mailbox, { ...request, ...asked, beforeSlot });
    slots.push(...page.slots);
    beforeSlot = page.nextBeforeSlot;
    between?.();
  }
  return slots;
}

test("an id that exists throughout a listing is listed exactly once, whatever comes and goes meanwhile", async () => {
  const change = fc.record({
    add: fc.integer({ min: 0, max: 7 }),
    remove: fc.array(fc.integer({ min: 0, max: 119 }), { maxLength: 15 }),
    relabel: fc.array(fc.integer({ min: 0, max: 119 }), { maxLength: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { maxLength: 30 }),
      fc.integer({ min: 1, max: 40 }),
      async (changes, size) => {
        const mailbox = open(120);
        const gone = new Set<number>();
        const listed = await listAll(mailbox, { resultsMax: size }, () => {
          const step = changes.shift();
          if (step === undefined) return;
          for (let n = 0; n < step.add; n++) mailbox.add({ labelIds: ["INBOX"], dateMs: NOW_MS });
          for (const slot of step.remove) {
            if (mailbox.has(slot)) mailbox.delete(slot);
            gone.add(slot);
          }
          for (const slot of step.relabel)
            if (mailbox.has(slot)) mailbox.relabel(slot, ["STARRED"], ["UNREAD"]);
        });
        expect(new Set(listed).size).toBe(listed.length);
        for (let slot = 0; slot < 120; slot++) if (!gone.has(slot)) expect(listed).toContain(slot);
      },
    ),
    { numRuns: 60 },
  );
});

describe("a page", () => {
  test("is newest first, and the last one has no next", async () => {
    const listed = await listAll(open(25), {});
    expect(listed).toEqual(Array.from({ length: 25 }, (_, n) => 24 - n));
    expect((await listPage(open(10), request)).nextBeforeSlot).toBeNull();
    expect(await listPage(open(0), request)).toEqual({ slots: [], nextBeforeSlot: null, estimate: 0 });
  });

  test("has only messages with all the labels asked for", async () => {
    const mailbox = open(500);
    const both = await listAll(mailbox, { labelIds: ["INBOX", "UNREAD"], resultsMax: 500 });
    expect(both.length).toBeGreaterThan(10);
    for (let slot = 0; slot < 500; slot++) {
      const labels = mailbox.labelIdsOf(slot);
      expect(both.includes(slot)).toBe(labels.includes("INBOX") && labels.includes("UNREAD"));
    }
  });

  test("leaves out spam and trash unless they are asked for", async () => {
    const mailbox = open(5);
    mailbox.relabel(2, ["TRASH"], ["INBOX"]);
    expect(await listAll(mailbox, {})).toEqual([4, 3, 1, 0]);
    expect(await listAll(mailbox, { includeSpamTrash: true })).toEqual([4, 3, 2, 1, 0]);
    expect(await listAll(mailbox, { labelIds: ["TRASH"] })).toEqual([2]);
    expect(await listAll(mailbox, { q: "in:trash" })).toEqual([2]);
  });

  test("of a million messages costs what a page costs", async () => {
    const mailbox = open(1_000_000);
    const started = performance.now();
    for (let n = 0; n < 50; n++)
      await listPage(mailbox, { ...request, beforeSlot: 500_000, resultsMax: 500 });
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe("search", () => {
  const mailbox = open(0);
  const raw = (subject: string, body: string, extra = ""): Buffer =>
    Buffer.from(`From: Ann <ann@x.example>\nTo: bob@y.example\nSubject: ${subject}\n${extra}\n${body}`);
  const add = (bytes: Buffer, labelIds: string[], dateMs: number): number =>
    mailbox.add({ bytes, labelIds, dateMs });
  const june = Date.UTC(2025, 5, 1);
  const plain = add(raw("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "an invoice for you"), ["INBOX", "UNREAD"], june);
  const file = add(
    raw(
      "Report",
      "--a\nContent-Type: image/png; name=x.png\n\nx",
      "Content-Type: multipart/mixed; boundary=a\n",
    ),
    ["SENT"],
    NOW_MS - 3_600_000,
  );
  test.each([
    ["from:ann", [file, plain]],
    ["to:bob subject:grüße", [plain]],
    ["is:unread", [plain]],
    ["is:read", [file]],
    ["in:sent", [file]],
    ["label:inbox", [plain]],
    ["has:attachment", [file]],
    ["-has:attachment", [plain]],
    ["after:2025/12/01", [file]],
    ["before:2025-12-01", [plain]],
    ["newer_than:1d", [file]],
    ["older_than:1m", [plain]],
    ['"invoice for"', [plain]],
    ["invoice report", []],
    ["nosuch:thing", []],
    ["in:anywhere", [file, plain]],
  ])("%s", async (q, expected) => {
    expect(await listAll(mailbox, { q })).toEqual(expected);
  });
});
