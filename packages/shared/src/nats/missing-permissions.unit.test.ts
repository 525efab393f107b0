import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type GrantedRights, missingPermissions } from "./missing-permissions.ts";
import { permissionsOf } from "./permissions.ts";
import { serviceNames, serviceRights } from "./service-rights.ts";
import { covers } from "./subject-sets.ts";

const nothing = { allow: [], deny: [] };
const publishing = (allow: readonly string[], deny: readonly string[] = []) => ({
  publish: { allow, deny },
  subscribe: nothing,
});
const missingOf = (needed: ReturnType<typeof publishing>, granted: GrantedRights) =>
  missingPermissions(needed, { publish: granted });

describe("what a user may do", () => {
  it("is everything when the broker names no limits", () => {
    expect(missingPermissions(publishing(["evt.>"]), {})).toEqual([]);
  });

  it("is enough when each subject is allowed, or a wider one", () => {
    expect(missingOf(publishing(["evt.*.*.sync", "a"]), { allow: ["a", "evt.>"] })).toEqual([]);
  });

  it("lacks what is not allowed, and what is allowed in part", () => {
    expect(missingOf(publishing(["evt.*.*.sync", "a"]), { allow: ["evt.shop.*.sync"] })).toEqual([
      { operation: "publish", subject: "evt.*.*.sync", denied: null },
      { operation: "publish", subject: "a", denied: null },
    ]);
  });

  it("lacks what is denied of it, and says which part", () => {
    expect(missingOf(publishing(["evt.*.*.sync"]), { allow: ["evt.>"], deny: ["evt.shop.>"] })).toEqual([
      { operation: "publish", subject: "evt.*.*.sync", denied: "evt.shop.*.sync" },
    ]);
  });

  it("does not lack what is denied and never needed", () => {
    expect(missingOf(publishing(["x.*"], ["x.other"]), { allow: ["x.*"], deny: ["x.other"] })).toEqual([]);
    expect(missingOf(publishing(["x.*"]), { deny: ["y.>"] })).toEqual([]);
  });

  it("is judged for subscribing as for publishing", () => {
    const needed = { publish: nothing, subscribe: { allow: ["_INBOX_a.>"], deny: [] } };
    expect(missingPermissions(needed, { subscribe: { allow: ["_INBOX_b.>"] } })).toEqual([
      { operation: "subscribe", subject: "_INBOX_a.>", denied: null },
    ]);
  });
});

describe("what a service needs", () => {
  it.each(serviceNames)("%s is granted by the configuration that follows from it", (name) => {
    const needed = permissionsOf(name, serviceRights[name]);
    expect(missingPermissions(needed, needed)).toEqual([]);
  });

  it.each(serviceNames)("%s misses each permission that is taken from it, and that one alone", (name) => {
    const needed = permissionsOf(name, serviceRights[name]);
    for (const taken of needed.publish.allow) {
      const allow = needed.publish.allow.filter((subject) => subject !== taken);
      expect(missingPermissions(needed, { ...needed, publish: { ...needed.publish, allow } })).toEqual([
        { operation: "publish", subject: taken, denied: null },
      ]);
    }
  });

  it("is found missing exactly when some subject of it would be refused", () => {
    const subject = fc
      .array(fc.constantFrom("a", "b", "*"), { minLength: 1, maxLength: 3 })
      .map((tokens) => tokens.join("."));
    const subjects = fc.array(subject, { maxLength: 3 });
    const plain = ["a", "b", "c"].flatMap((x) => [
      x,
      ...["a", "b", "c"].flatMap((y) => [`${x}.${y}`, ...["a", "b", "c"].map((z) => `${x}.${y}.${z}`)]),
    ]);
    fc.assert(
      fc.property(subject, subjects, subjects, (needed, allow, deny) => {
        const missing = missingOf(publishing([needed]), { allow, deny });
        const refused = plain.some(
          (one) =>
            covers(needed, one) &&
            (!allow.some((given) => covers(given, one)) || deny.some((taken) => covers(taken, one))),
        );
        expect(missing.length > 0).toBe(refused);
      }),
      { numRuns: 3_000 },
    );
  });
});
