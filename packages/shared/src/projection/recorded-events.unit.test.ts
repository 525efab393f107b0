import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { EventOf } from "../events/facts.ts";
import { factSchema } from "../events/facts.ts";
import { readFact } from "../events/read-fact.ts";
import { factSubject } from "../events/subjects.ts";
import { currentVersion } from "../events/upcast-fact.ts";
import { decodeEvent } from "../nats/event-codec.ts";
import { projectBatch } from "./project-batch.ts";
import { noRows } from "./views.ts";

// Events that services of the day in a file's name have written, as the log had them (docs/upgrades.md).
const folder = new URL("../events/recorded/", import.meta.url);

interface Recorded {
  readonly seq: number;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The events of an account from its first one on, with what its services made of them; or events by themselves. */
interface Line {
  readonly account?: string;
  readonly events: readonly Recorded[];
  readonly syncs?: readonly Readonly<Record<string, unknown>>[];
  readonly watermark?: string | null;
}

const decode = ({ subject, headers, body }: Recorded): EventOf =>
  decodeEvent(subject, (name) => headers[name] ?? "", new TextEncoder().encode(JSON.stringify(body)));

const recordings = readdirSync(folder)
  .filter((file) => file.endsWith(".jsonl"))
  .map((file) => ({
    file,
    lines: readFileSync(new URL(file, folder), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line): Line => JSON.parse(line)),
  }));
const all = recordings.flatMap(({ lines }) => lines.flatMap(({ events }) => events));

describe.each(recordings)("events of $file", ({ lines }) => {
  const events = lines.flatMap((line) => line.events);
  const histories = lines.filter(({ syncs }) => syncs !== undefined && syncs.length > 0);

  it("are read, each where it belongs", () => {
    for (const event of events) {
      const { fact, ...ref } = decode(event);
      expect(factSubject(ref, fact)).toBe(event.subject);
      expect(fact.type).toBe(event.headers["ce-type"]);
    }
  });

  it("are read as the same from the copy that is kept of them today", () => {
    for (const event of events) {
      const { fact } = decode(event);
      expect(readFact(JSON.parse(JSON.stringify(fact)), currentVersion(fact.type))).toEqual(fact);
    }
  });

  // A file of single events, of types that are new, has none.
  it("come to what they came to then, where there are histories: syncs, ledgers, watermarks", () => {
    for (const { events: told, syncs, watermark, account } of histories) {
      const positioned = told.map((one) => ({ position: { epoch: 1, seq: one.seq }, event: decode(one) }));
      const views = projectBatch(noRows, positioned);
      const shown = views.syncs.map(({ id, status, listed, stored, unchanged, gone, dead_lettered }) => ({
        ...{ id, status, listed, stored, unchanged, gone },
        deadLettered: dead_lettered,
      }));
      expect({ account, syncs: shown.sort((a, b) => (a.id < b.id ? -1 : 1)) }).toEqual({ account, syncs });
      expect(views.account_states[0]?.watermark ?? null).toBe(watermark);
    }
  });

  it("say themselves what they came to: the course and the checkpoint of the newest", () => {
    for (const { events: told, syncs, watermark } of histories) {
      const facts = told.map((one) => decode(one).fact);
      const course = facts.findLast((fact) => "course" in fact)?.course;
      const unended = syncs?.find(({ status }) => status === "running" || status === "paused");
      expect([course?.watermark, course?.active?.syncId]).toEqual([watermark, unended?.id]);
      for (const { id, status, ...ledger } of syncs ?? []) {
        const last = facts.findLast((fact) => "progress" in fact && fact.syncId === id);
        if (last === undefined || status === "cancelled") continue;
        expect(last).toMatchObject({ progress: { ledger } });
      }
    }
  });
});

it("there is a recording of every type of fact", () => {
  const recorded = new Set(all.map(({ headers }) => headers["ce-type"]));
  const missing = factSchema.options
    .map(({ shape }) => shape.type.value)
    .filter((type) => !recorded.has(type));
  expect(
    missing,
    "Record them: let a black-box test make the fact happen, run it with RECORD_EVENTS, and pick from what it has kept " +
      "with test/upgrade/pick-recordings.ts; docs/upgrades.md says how",
  ).toEqual([]);
});

it("there is a recording of every version of a fact that had several", () => {
  const versions = new Set(all.map(({ headers }) => headers["ce-dataschema"] ?? `${headers["ce-type"]}:1`));
  for (const type of ["page.listed", "chunk.fetched", "dead_letters.settled"]) {
    expect(versions).toContain(`${type}:1`);
    expect(versions).toContain(`urn:millrace:fact:${type}:${currentVersion(type)}`);
  }
});

it("what was recorded is the simulator's mail, and nobody else's", () => {
  const addresses = JSON.stringify(all).match(/[\w.+-]+@[\w.-]+/g) ?? [];
  expect(addresses.filter((address) => !address.endsWith("@millrace.test"))).toEqual([]);
});
