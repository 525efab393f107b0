import { describe, expect, it } from "vitest";
import { type Caller, type Scope, scopes } from "./caller.ts";
import { decideAccess, type RouteAccess } from "./decide-access.ts";

const key = (...held: Scope[]): Caller => ({
  kind: "key",
  id: "key_1",
  tenantId: "acme",
  scopes: held,
  expiresAtMs: null,
});
const operator: Caller = { kind: "operator", id: "o1" };
const browser = (syncId: string | null): Caller => ({
  kind: "browser",
  keyId: "key_1",
  id: "brt_1",
  tenantId: "acme",
  syncId,
  expiresAtMs: 1,
});
const ask = (caller: Caller, method: string, access: RouteAccess = {}, id?: string) =>
  decideAccess(caller, { method, access, id });

describe("a tenant's key", () => {
  it.each([
    ["GET", "read"],
    ["HEAD", "read"],
    ["POST", "write"],
    ["PUT", "write"],
    ["PATCH", "write"],
    ["DELETE", "write"],
  ] as const)("needs for %s the scope %s, and no other opens it", (method, needed) => {
    for (const scope of scopes) {
      const refusal = scope === needed ? null : { kind: "scope_missing", scope: needed };
      expect(ask(key(scope), method)).toEqual(refusal);
    }
  });

  it("needs the scope that the route names", () => {
    expect(ask(key("read", "write"), "GET", { scope: "admin" })).toEqual({
      kind: "scope_missing",
      scope: "admin",
    });
    expect(ask(key("admin"), "GET", { scope: "admin" })).toBeNull();
  });

  it("does not open what is the operator's, with all scopes there are", () => {
    expect(ask(key(...scopes), "GET", { scope: null, operator: true })).toEqual({ kind: "operators_only" });
  });
});

describe("an operator's key", () => {
  it("opens what is the operator's, and no tenant's mail", () => {
    expect(ask(operator, "POST", { scope: null, operator: true })).toBeNull();
    expect(ask(operator, "GET")).toEqual({ kind: "keys_only" });
    expect(ask(operator, "GET", { browser: true })).toEqual({ kind: "keys_only" });
  });
});

describe("a browser's token", () => {
  it("opens what can be watched, and nothing else", () => {
    expect(ask(browser(null), "GET", { browser: true })).toBeNull();
    expect(ask(browser(null), "HEAD", { browser: true })).toBeNull();
    expect(ask(browser(null), "GET")).toEqual({ kind: "keys_only" });
    expect(ask(browser(null), "GET", { scope: null, operator: true })).toEqual({ kind: "keys_only" });
  });

  it("of one sync opens what says of it whose it is", () => {
    const access = { browser: true, isAboutCaller: true };
    expect(ask(browser("syn_1"), "GET", access)).toBeNull();
    expect(ask(browser("syn_1"), "POST", access)).toEqual({ kind: "keys_only" });
    expect(ask(browser("syn_1"), "GET", { isAboutCaller: true })).toEqual({ kind: "keys_only" });
  });

  it("never changes anything", () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"])
      expect(ask(browser(null), method, { browser: true })).toEqual({ kind: "keys_only" });
  });

  it("of one sync opens that sync, no other one, and no list", () => {
    expect(ask(browser("syn_1"), "GET", { browser: true }, "syn_1")).toBeNull();
    expect(ask(browser("syn_1"), "GET", { browser: true }, "syn_2")).toEqual({ kind: "other_sync" });
    expect(ask(browser("syn_1"), "GET", { browser: true })).toEqual({ kind: "other_sync" });
  });
});
