import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Keyring, KeyringError } from "./keyring.ts";

const key = (id: string): string => `${id}:${randomBytes(32).toString("base64")}`;
const [k1, k2] = [key("k1"), key("k2")];
/** "secret" of t/a, by version 1 under k1 of 32 bytes 7. */
const sealedBefore = "v1.k1.xqhELVd5MZnBUl2b.4UDtIr2q0CD4dbxbYwyx3A.z7NyZ_JE";

describe("sealed credentials", () => {
  it("open with their key, also after a newer one was put before it", () => {
    const sealed = Keyring.parse(k1).seal("secret", "t/a");
    expect(Keyring.parse(`${k2},${k1}`).open(sealed, "t/a")).toBe("secret");
    expect(Keyring.parse(`${k2},${k1}`).seal("x", "t/a").split(".")[1]).toBe("k2");
  });

  it("do not show what they hold, and differ each time", () => {
    const ring = Keyring.parse(k1);
    expect(ring.seal("secret", "t/a")).not.toContain("secret");
    expect(ring.seal("secret", "t/a")).not.toBe(ring.seal("secret", "t/a"));
  });

  it("do not open for another account, with another key, or altered", () => {
    const ring = Keyring.parse(k1);
    const sealed = ring.seal("secret", "t/a");
    expect(() => ring.open(sealed, "t/b")).toThrow(KeyringError);
    expect(() => Keyring.parse(k2).open(sealed, "t/a")).toThrow(/"k1" is not in MILLRACE_ENCRYPTION_KEYS/);
    expect(() => Keyring.parse(k2.replace("k2", "k1")).open(sealed, "t/a")).toThrow(KeyringError);
    expect(() => ring.open(`${sealed.slice(0, -2)}AA`, "t/a")).toThrow(KeyringError);
    expect(() => ring.open("plain", "t/a")).toThrow(KeyringError);
  });

  it("go under the first key without being opened, and stay bound to their account", () => {
    const sealed = Keyring.parse(k1).seal("secret", "t/a");
    const both = Keyring.parse(`${k2},${k1}`);
    const moved = both.rewrap(sealed, "t/a") ?? "";
    expect(moved.split(".")[1]).toBe("k2");
    expect(moved.split(".")[3]).toBe(sealed.split(".")[3]); // the secret's own part is as it was
    expect(Keyring.parse(k2).open(moved, "t/a")).toBe("secret");
    expect(() => Keyring.parse(k1).open(moved, "t/a")).toThrow(KeyringError);
    expect(() => Keyring.parse(k2).open(moved, "t/b")).toThrow(KeyringError);
    expect(() => both.rewrap(sealed, "t/b")).toThrow(KeyringError);
    expect(both.rewrap(moved, "t/a")).toBeNull();
  });

  it("of the first format open, and go into envelopes", () => {
    const first = `k1:${Buffer.alloc(32, 7).toString("base64")}`;
    const ring = Keyring.parse(first);
    expect(ring.open(sealedBefore, "t/a")).toBe("secret");
    expect(() => ring.open(sealedBefore, "t/b")).toThrow(KeyringError);
    const moved = ring.rewrap(sealedBefore, "t/a") ?? "";
    expect(moved).toMatch(/^v2\.k1\./);
    expect(ring.open(moved, "t/a")).toBe("secret");
  });

  it("need keys of different names", () => {
    expect(() => Keyring.parse(`${k1},${key("k1")}`)).toThrow(/two keys named "k1"/);
  });

  it.each(["", "k1", "k1:short", `bad id:${randomBytes(32).toString("base64")}`])(
    "need a proper key: %j",
    (text) => {
      expect(() => Keyring.parse(text)).toThrow(/openssl rand/);
    },
  );
});
