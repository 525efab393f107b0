import { describe, expect, it } from "vitest";
import { derivedId, newId, tenantIdSchema } from "./identifiers.ts";
import {
  chunkSubject,
  courseSubject,
  pageSubject,
  parseAccountRef,
  parseLane,
  requestSubject,
  workSubject,
} from "./subjects.ts";

const ref = { tenantId: "acme", accountId: "acc_1" };

describe("subjects", () => {
  it("give back tenant and account wherever they stand", () => {
    const subjects = [
      requestSubject(ref),
      courseSubject(ref),
      pageSubject(ref, "syn_1", 4),
      chunkSubject(ref, "syn_1"),
      workSubject("live", ref, "syn_1"),
    ];
    for (const subject of subjects) expect(parseAccountRef(subject)).toEqual(ref);
    expect(parseLane(workSubject("bulk", ref, "syn_1"))).toBe("bulk");
  });

  it("of something else belong to nobody", () => {
    for (const subject of ["", "evt", "evt.acme", "sync.requests.acme", "other.acme.acc_1"]) {
      expect(parseAccountRef(subject)).toBeNull();
    }
    expect(parseLane("work.other.a.b.c")).toBeNull();
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
