import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Keyring, KeyringError } from "./keyring.ts";

const key = (id: string): string => `${id}:${randomBytes(32).toString("base64")}`;
const [k1, k2] = [key("k1"), key("k2")];

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

  it.each(["", "k1", "k1:short", `bad id:${randomBytes(32).toString("base64")}`])(
    "need a proper key: %j",
    (text) => {
      expect(() => Keyring.parse(text)).toThrow(/openssl rand/);
    },
  );
});
