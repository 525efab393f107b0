import { describe, expect, it } from "vitest";
import { givenFetched, givenPage, givenProgress, givenStarted, ref } from "../testing/given.ts";
import { noHistory } from "./attempt.ts";
import { factSchema } from "./facts.ts";
import { derivedId, newId, tenantIdSchema } from "./identifiers.ts";
import {
  anyLaterSubject,
  anyPageSubject,
  attemptSubject,
  chunkSubject,
  courseSubject,
  eventSubjects,
  factSubject,
  laneSubjects,
  laterSubject,
  laterSubjects,
  laterTurnSubject,
  laterTurnSubjects,
  noteSubject,
  pageSubject,
  parseAccountRef,
  parseEndpointRef,
  parseLane,
  requestSubject,
  turnSubject,
  turnSubjects,
  workSubject,
} from "./subjects.ts";
import type { WorkItem } from "./work-item.ts";

const probe: WorkItem = { kind: "probe", syncId: "syn_1", history: noHistory };
const list: WorkItem = { kind: "list", syncId: "syn_1", run: 0, pageNumber: 3, history: noHistory };

/** As the broker does it. */
function matches(pattern: string, subject: string): boolean {
  const [wanted, tokens] = [pattern.split("."), subject.split(".")];
  if (wanted.at(-1) !== ">" && wanted.length !== tokens.length) return false;
  return wanted.every((token, i) => token === ">" || token === "*" || token === tokens[i]);
}

describe("subjects", () => {
  it("give back tenant and account wherever they stand", () => {
    const subjects = [
      requestSubject(ref),
      courseSubject(ref),
      pageSubject(ref, "syn_1", 4),
      chunkSubject(ref, "syn_1"),
      attemptSubject(ref, "syn_1"),
      noteSubject(ref),
      workSubject("live", ref, "syn_1"),
      workSubject("list", ref, "syn_1"),
      laterSubject(ref, list),
    ];
    for (const subject of subjects) expect(parseAccountRef(subject)).toEqual(ref);
    expect(parseLane(workSubject("bulk", ref, "syn_1"))).toBe("bulk");
  });

  it("of work that waits are one a piece of work, and found together by its sync", () => {
    expect(laterSubject(ref, list)).not.toBe(laterSubject(ref, { ...list, pageNumber: 4 }));
    const again = { ...list, history: { failed: 1, streak: 1, poison: 0 } };
    expect(laterSubject(ref, list)).toBe(laterSubject(ref, again));
    for (const item of [list, probe]) {
      expect(matches(anyLaterSubject(ref, "syn_1"), laterSubject(ref, item))).toBe(true);
      expect(matches(anyLaterSubject(ref, "syn_2"), laterSubject(ref, item))).toBe(false);
      expect(matches(laterSubjects, laterSubject(ref, item))).toBe(true);
    }
  });

  it("of facts tell kinds apart that are appended with different expectations", () => {
    const progress = givenProgress(1);
    expect(factSubject(ref, givenStarted())).toBe(courseSubject(ref));
    expect(factSubject(ref, givenPage(2, 1))).toBe(pageSubject(ref, "s1", 2));
    expect(factSubject(ref, givenFetched(progress))).toBe(chunkSubject(ref, "s1"));
    expect(matches(anyPageSubject(ref, "s1"), pageSubject(ref, "s1", 2))).toBe(true);
    expect(matches(laneSubjects("list"), workSubject("list", ref, "s1"))).toBe(true);
  });

  it("of facts that carry a course or a checkpoint hold nothing else", () => {
    for (const schema of factSchema.options) {
      const fact = { type: schema.shape.type.value, syncId: "s1", pageNumber: 0 } as Parameters<
        typeof factSubject
      >[1];
      const subject = factSubject(ref, fact);
      expect(matches(eventSubjects, subject)).toBe(true);
      expect([schema.shape.type.value, subject === courseSubject(ref)]).toEqual([
        schema.shape.type.value,
        "course" in schema.shape,
      ]);
      expect(subject === chunkSubject(ref, "s1")).toBe("progress" in schema.shape);
    }
  });

  it("of something else belong to nobody", () => {
    for (const subject of ["", "evt", "evt.acme", "later.acme", "sync.requests.acme", "other.acme.acc_1"]) {
      expect(parseAccountRef(subject)).toBeNull();
    }
    for (const subject of ["work.other.a.b.c", workSubject("list", ref, "s"), laterSubject(ref, list)])
      expect(parseLane(subject)).toBeNull();
  });
});

describe("ids", () => {
  it("are single subject tokens, distinct, and sort by time", () => {
    const ids = Array.from({ length: 1_000 }, () => newId("syn"));
    expect(new Set(ids).size).toBe(1_000);
    for (const id of ids) expect(tenantIdSchema.safeParse(id).success).toBe(true);
  });

  it("that are derived depend on every part and on nothing else", () => {
    expect(derivedId("msg", "a", "b")).toBe(derivedId("msg", "a", "b"));
    expect(derivedId("msg", "a", "b")).not.toBe(derivedId("msg", "ab", ""));
  });

  it.each(["", "a.b", "a b", "a*", ">", "-a", "x".repeat(65)])(
    "never hold what a subject gives a meaning to: %j",
    (id) => {
      expect(tenantIdSchema.safeParse(id).success).toBe(false);
    },
  );
});

describe("turns of webhook endpoints", () => {
  const endpoint = { tenantId: "acme", endpointId: "whe_1" };

  it("give back tenant and endpoint; what is no turn does not", () => {
    expect(parseEndpointRef(turnSubject(endpoint))).toEqual(endpoint);
    for (const subject of [
      "hook.due.acme",
      "hook.due.acme.whe_1.x",
      "hook.due..whe_1",
      "evt.acme.whe_1.sync",
      "",
    ])
      expect(parseEndpointRef(subject)).toBeNull();
    expect(parseEndpointRef(laterTurnSubject(endpoint, 1_500))).toBeNull();
  });

  it("that are not due yet are no turns for whoever takes those that are", () => {
    const later = laterTurnSubject(endpoint, 1_500);
    expect(matches(laterTurnSubjects, later)).toBe(true);
    expect(matches(turnSubjects, later)).toBe(false);
    expect(matches(turnSubjects, turnSubject(endpoint))).toBe(true);
  });

  it("that are due in the same second stand at the same place, others do not", () => {
    expect(laterTurnSubject(endpoint, 1_001)).toBe(laterTurnSubject(endpoint, 2_000));
    expect(laterTurnSubject(endpoint, 2_001)).not.toBe(laterTurnSubject(endpoint, 2_000));
  });
});
