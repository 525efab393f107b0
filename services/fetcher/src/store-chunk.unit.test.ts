import { givenContext } from "@millrace/shared/testing/memory-log";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import { describe, expect, it } from "vitest";
import type { GuardPlan } from "./decide-guard.ts";
import { gotFurther } from "./fetch-report.ts";
import type { FetcherPorts } from "./fetcher-ports.ts";
import { storeChunk } from "./store-chunk.ts";
import { faultOf, givenChunk, givenMessage, letter, open } from "./testing/given.ts";
import { memoryClaims } from "./testing/memory-claims.ts";
import { type Answers, memoryMailbox, memoryStore, noAttachments } from "./testing/memory-mail.ts";

const together: GuardPlan = { kind: "together" };
const transient = faultOf("transient");
const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

async function store({
  answers = {},
  mailbox = memoryMailbox({ answers }),
  mail = memoryStore(),
  attachments = noAttachments,
  claims = memoryClaims(),
  plan = together,
  work = givenChunk(),
  flushBytesMax = 1024 ** 2,
  ...context
}: {
  answers?: Answers;
  mailbox?: ReturnType<typeof memoryMailbox>;
  mail?: ReturnType<typeof memoryStore>;
  attachments?: FetcherPorts["attachments"];
  claims?: FetcherPorts["claims"];
  plan?: GuardPlan;
  work?: ReturnType<typeof givenChunk>;
  flushBytesMax?: number;
} & Partial<ReturnType<typeof givenContext>> = {}) {
  const session = mailbox.connect({ ...work.ref, email: "", refreshToken: "" });
  const ports = { store: mail, attachments, claims, flushBytesMax };
  const report = await storeChunk(
    ports,
    session,
    work,
    plan,
    givenContext({ log: silentLogger, ...context }),
  );
  const outcomes = Object.fromEntries(report.outcomes);
  return { ...report, outcomes, asked: mailbox.asked, mail, told: report.mail };
}
const kinds = (outcomes: Record<string, { kind: string }>) =>
  Object.fromEntries(Object.entries(outcomes).map(([id, { kind }]) => [id, kind]));

describe("a chunk", () => {
  it("is fetched in one call, and stored", async () => {
    const { outcomes, asked, mail } = await store();
    expect(kinds(outcomes)).toEqual({ a: "stored", b: "stored", c: "stored", d: "stored" });
    expect([asked, mail.writes]).toEqual([[["a", "b", "c", "d"]], [["a", "b", "c", "d"]]]);
  });

  it("skips what is stored, and tells what it wrote itself from what was there before", async () => {
    const mail = memoryStore({ byThisWork: ["a"], before: ["b", "c"] });
    const { outcomes, asked, storedBefore } = await store({ mail });
    expect(kinds(outcomes)).toEqual({ a: "stored", b: "unchanged", c: "unchanged", d: "stored" });
    expect([asked, storedBefore]).toEqual([[["d"]], 1]);
  });

  it("of which everything is stored asks nobody", async () => {
    const { asked } = await store({ mail: memoryStore({ before: ["a", "b", "c", "d"] }) });
    expect(asked).toEqual([]);
  });

  it("that lists an id twice fetches it once", async () => {
    const work = givenChunk({ messageIds: ["a", "b", "a"] });
    expect((await store({ work })).asked).toEqual([["a", "b"]]);
  });

  it("is written as it comes, whatever its size: memory holds one buffer of it", async () => {
    const big = (id: string) => givenMessage(id, { text: "x".repeat(10_000) });
    const mailbox = memoryMailbox({ messageOf: big });
    const { mail } = await store({ mailbox, flushBytesMax: 25_000 });
    expect(mail.writes).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
  });

  it("says that it gets on with each message", async () => {
    let said = 0;
    await store({ progressed: () => void said++ });
    expect(said).toBeGreaterThanOrEqual(4);
  });
});

describe("a chunk of changes", () => {
  const changes = ["a", "b", "c", "d"].map(() => ({
    kind: "appeared" as const,
    at: "50",
    added: [],
    removed: [],
    hiddenAs: null,
  }));
  const work = givenChunk({ changes });

  it("fetches only what cannot be applied to what is stored", async () => {
    const mail = memoryStore({ applied: { a: "stored", b: "unchanged", c: "gone" } });
    const { outcomes, asked } = await store({ mail, work });
    expect(kinds(outcomes)).toEqual({ a: "stored", b: "unchanged", c: "gone", d: "stored" });
    expect(asked).toEqual([["d"]]);
  });

  it("asks nobody when all of them can be applied", async () => {
    const applied = { a: "stored", b: "stored", c: "gone", d: "unchanged" } as const;
    const { asked, mail } = await store({ mail: memoryStore({ applied }), work });
    expect([asked, mail.writes]).toEqual([[], []]);
  });

  it("does not ask what is stored already: a message that came back has to be fetched", async () => {
    const { asked } = await store({ mail: memoryStore({ before: ["a"], byThisWork: ["b"] }), work });
    expect(asked).toEqual([["a", "b", "c", "d"]]);
  });

  it("gets further by what it fetches, and not by what it applies again", async () => {
    const applied = { a: "stored", b: "unchanged", c: "unchanged" } as const;
    const isFurther = async (answers: Answers) => {
      const report = await store({
        mail: memoryStore({ applied }),
        mailbox: memoryMailbox({ answers }),
        work,
      });
      return gotFurther({
        ...report,
        mail: report.told,
        outcomes: new Map(Object.entries(report.outcomes)),
        credentialsVersion: 1,
      });
    };
    expect(await isFurther({})).toBe(true);
    expect(await isFurther({ d: [faultOf("rate_limited")] })).toBe(false);
  });

  it("says what it did to the store", async () => {
    const mail = memoryStore({ applied: { a: "stored", b: "unchanged", c: "unchanged" } });
    const report = await store({ mail, work, answers: { d: [faultOf("gone")] } });
    expect(report.told).toEqual({ added: ["a"], changed: [], deleted: ["d"] });
  });
});

describe("a message", () => {
  it("that the provider has no more is gone, and what is stored of it is marked", async () => {
    const { outcomes, mail } = await store({ answers: { b: [faultOf("gone")] } });
    expect(kinds(outcomes)).toEqual({ a: "stored", b: "gone", c: "stored", d: "stored" });
    expect(mail.gone).toEqual(["b"]);
  });

  it("that makes no sense is a dead letter, with its bytes kept", async () => {
    const raw = new Uint8Array([1, 2]);
    const { outcomes, mail } = await store({
      answers: { b: [faultOf("bad_item", { raw })], c: [faultOf("bad_item")] },
    });
    expect([outcomes.b, outcomes.c]).toEqual([letter(), letter()]);
    expect([...mail.raws]).toEqual([["b", raw]]);
  });

  it("that the store refuses is what the store says", async () => {
    const { outcomes } = await store({
      mail: memoryStore({ written: { c: letter(), d: { kind: "unchanged" } } }),
    });
    expect(kinds(outcomes)).toEqual({ a: "stored", b: "stored", c: "letter", d: "unchanged" });
  });

  it("that the provider left out of its answer is open: nobody knows where it is", async () => {
    const { outcomes } = await store({ answers: { b: times(9, "left out") } });
    expect(outcomes.b).toMatchObject({ kind: "open", fault: { category: "unknown" } });
  });
});

describe("messages that failed by accident", () => {
  it("are asked for again within the delivery, after a while, and nothing else is", async () => {
    const waits: number[] = [];
    const { outcomes, asked, mail } = await store({
      answers: { b: [transient, faultOf("token_expired")], d: [transient] },
      sleep: async (ms) => void waits.push(ms),
    });
    expect(kinds(outcomes)).toEqual({ a: "stored", b: "stored", c: "stored", d: "stored" });
    expect(asked).toEqual([["a", "b", "c", "d"], ["b", "d"], ["b"]]);
    expect(mail.writes.flat().sort()).toEqual(["a", "b", "c", "d"]);
    expect(waits).toEqual([50, 100]);
  });

  it("stay open when a pass gets nothing", async () => {
    const { outcomes, asked } = await store({ answers: { b: times(9, transient), d: [transient] } });
    expect(asked).toEqual([["a", "b", "c", "d"], ["b", "d"], ["b"]]);
    expect(outcomes.b).toEqual(open("transient"));
  });

  it("stand behind others in the next attempt, as often as one got nowhere", async () => {
    const messageIds = Array.from({ length: 20 }, (_, i) => `m${i}`);
    const answers = Object.fromEntries(messageIds.map((id) => [id, [transient]]));
    const work = (streak: number) => givenChunk({ messageIds, history: { failed: 20, streak, poison: 0 } });
    const firstAsked = async (streak: number) => (await store({ answers, work: work(streak) })).asked[0]?.[0];
    expect([await firstAsked(0), await firstAsked(1), await firstAsked(7)]).toEqual(["m0", "m3", "m1"]);
  });

  it("are not asked for without end, however slowly it gets further", async () => {
    const messageIds = Array.from({ length: 20 }, (_, i) => `m${i}`);
    const answers = Object.fromEntries(messageIds.map((id, i) => [id, times(i, transient)]));
    const { asked, outcomes } = await store({ answers, work: givenChunk({ messageIds }) });
    expect(asked).toHaveLength(5);
    expect(Object.values(outcomes).filter(({ kind }) => kind === "open")).toHaveLength(15);
  });

  it("wait for another attempt when others need more patience", async () => {
    for (const category of ["rate_limited", "consent_lost", "unknown"] as const) {
      const { asked } = await store({ answers: { b: [transient], c: [faultOf(category)] } });
      expect(asked).toHaveLength(1);
    }
  });

  it("are left for another attempt when the service stops", async () => {
    const stopped = async () => {
      throw new Error("stopped");
    };
    await expect(store({ answers: { b: [transient] }, sleep: stopped })).rejects.toThrow("stopped");
  });
});

describe("what nobody foresaw", () => {
  const broken = (error: Error) =>
    memoryMailbox({
      onMessage: (id) => {
        if (id === "c") throw error;
      },
    });

  it("is an attempt of category unknown for the message that fails, and its neighbours are stored", async () => {
    const mailbox = broken(new TypeError("x is not a function"));
    const { outcomes, asked } = await store({ mailbox });
    expect(kinds(outcomes)).toEqual({ a: "stored", b: "stored", c: "open", d: "stored" });
    expect(outcomes.c).toEqual(open("unknown", { message: "TypeError: x is not a function" }));
    expect(asked).toEqual([["a", "b", "c", "d"], ["a"], ["b"], ["c"], ["d"]]);
  });

  it("does not keep a neighbour that is gone from being marked", async () => {
    const answers = { b: times(9, faultOf("gone")) };
    const mailbox = memoryMailbox({
      answers,
      onMessage: (id) => {
        if (id === "c") throw new TypeError("x is not a function");
      },
    });
    const { outcomes, mail } = await store({ mailbox });
    expect(kinds(outcomes)).toEqual({ a: "stored", b: "gone", c: "open", d: "stored" });
    expect(mail.gone).toEqual(["b"]);
  });

  it("is none when our store is away: then nothing is known, and the claim is kept", async () => {
    const away = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    await expect(store({ mailbox: broken(away) })).rejects.toThrow("ECONNREFUSED");
    const write = async () => {
      throw new Error("Connection terminated unexpectedly");
    };
    await expect(store({ mail: { ...memoryStore(), write } })).rejects.toThrow("Connection terminated");
  });

  it("is none when the service stops", async () => {
    const stopping = new AbortController();
    stopping.abort();
    const mailbox = broken(new Error("aborted"));
    await expect(store({ mailbox, signal: stopping.signal })).rejects.toThrow("aborted");
  });
});

describe("a chunk under suspicion", () => {
  it("is taken message by message, each marked before it is asked for", async () => {
    const claims = memoryClaims();
    const work = givenChunk();
    const marked: unknown[] = [];
    const mailbox = memoryMailbox({ onMessage: () => void marked.push(claims.rowOf(work)?.messageId) });
    const { outcomes, asked } = await store({
      claims,
      mailbox,
      work,
      plan: { kind: "singly", skipped: new Set() },
    });
    expect([asked, marked]).toEqual([
      [["a"], ["b"], ["c"], ["d"]],
      ["a", "b", "c", "d"],
    ]);
    expect(kinds(outcomes)).toEqual({ a: "stored", b: "stored", c: "stored", d: "stored" });
  });

  it("sets aside the message that kills, and stores the others", async () => {
    const plan: GuardPlan = { kind: "singly", skipped: new Set(["b"]) };
    const { outcomes, asked } = await store({ plan });
    expect(outcomes.b).toMatchObject({ kind: "letter", category: "crash_loop" });
    expect(asked).toEqual([["a"], ["c"], ["d"]]);
  });

  it("counts a message as stored that was stored before it was suspected", async () => {
    const plan: GuardPlan = { kind: "singly", skipped: new Set(["b"]) };
    const { outcomes } = await store({ plan, mail: memoryStore({ byThisWork: ["b"] }) });
    expect(outcomes.b).toEqual({ kind: "stored" });
  });

  it("that is set aside as a whole asks nobody, and keeps what is stored", async () => {
    const mail = memoryStore({ byThisWork: ["a"], before: ["b"] });
    const { outcomes, asked, setAsideFor } = await store({ mail, plan: { kind: "set_aside" } });
    expect(kinds(outcomes)).toEqual({ a: "stored", b: "unchanged", c: "letter", d: "letter" });
    expect([asked, setAsideFor?.category]).toEqual([[], "crash_loop"]);
  });
});

describe("attachments that are to be kept", () => {
  const throttled = faultOf("rate_limited");

  it("are fetched for what the work stored, in this delivery or an earlier one, and for nothing else", async () => {
    const asked: (readonly string[])[] = [];
    await store({
      mail: memoryStore({ byThisWork: ["a"], before: ["b"] }),
      answers: { c: [faultOf("gone")] },
      attachments: {
        keep: async (_work, _session, ids) => {
          asked.push(ids);
          return new Map();
        },
      },
    });
    expect(asked.map((ids) => [...ids].sort())).toEqual([["a", "d"]]);
  });

  it("keep a stored message open as long as they cannot be fetched, and lose no mail", async () => {
    const attachments = { keep: async () => new Map([["b", throttled]]) };
    const { outcomes, mail } = await store({ attachments });
    expect(kinds(outcomes)).toEqual({ a: "stored", b: "open", c: "stored", d: "stored" });
    expect(mail.writes).toEqual([["a", "b", "c", "d"]]);
  });

  it("are watched one message at a time where workers have died", async () => {
    const claims = memoryClaims();
    const marked: (string | null | undefined)[] = [];
    const work = givenChunk();
    await claims.open(work);
    await store({
      work,
      claims,
      plan: { kind: "singly", skipped: new Set() },
      attachments: {
        keep: async (_work, _session, ids, _context, turnTo) => {
          for (const id of ids) {
            await turnTo(id);
            marked.push(claims.rowOf(work)?.messageId);
          }
          return new Map();
        },
      },
    });
    expect(marked).toEqual(["a", "b", "c", "d"]);
  });
});
