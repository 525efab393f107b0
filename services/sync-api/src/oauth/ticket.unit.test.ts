import { randomBytes } from "node:crypto";
import { Keyring } from "@millrace/shared/postgres/keyring";
import { expect, test } from "vitest";
import { openTicket, sealTicket } from "./ticket.ts";

const key = (id: string): string => `${id}:${randomBytes(32).toString("base64")}`;
const [one, two] = [key("one"), key("two")];
const keyring = Keyring.parse(one);
const ticket = { tenantId: "shop", id: "lnk_1" };

test("a ticket opens to what it names, shows nothing of it, and still opens after the key was followed by another", () => {
  const text = sealTicket(keyring, "connect-link", ticket);
  expect(text).toMatch(/^[\w.-]{1,400}$/); // stands in an address as it is
  expect(Buffer.from(text.split(".").at(-1) ?? "", "base64url").toString("latin1")).not.toContain("shop");
  expect(openTicket(keyring, "connect-link", text)).toEqual(ticket);
  expect(openTicket(Keyring.parse(`${two},${one}`), "connect-link", text)).toEqual(ticket);
});

test("one kind is not taken for the other, nor any other sealed text for a ticket", () => {
  const text = sealTicket(keyring, "connect-link", ticket);
  expect(openTicket(keyring, "connect-state", text)).toBeNull();
  expect(openTicket(keyring, "connect-link", keyring.seal('["shop","lnk_1"]', "shop/acc_1"))).toBeNull();
});

test("what is made without the key, altered or cut is none", () => {
  const text = sealTicket(keyring, "connect-state", ticket);
  expect(openTicket(Keyring.parse(two), "connect-state", text)).toBeNull();
  expect(
    openTicket(keyring, "connect-state", sealTicket(Keyring.parse(two), "connect-state", ticket)),
  ).toBeNull();
  for (let at = 0; at < text.length - 1; at++) {
    if (text[at] === ".") continue;
    const altered = `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;
    // The last letter of a part has bits that stand for nothing.
    expect([null, ticket]).toContainEqual(openTicket(keyring, "connect-state", altered));
    expect(openTicket(keyring, "connect-state", text.slice(0, at))).toBeNull();
  }
  for (const nothing of [
    "",
    ".",
    "v1",
    "v1....",
    "v1.one...",
    '["shop","lnk_1"]',
    "v3.one.a.b.c",
    "v2.one.a.b",
  ])
    expect(openTicket(keyring, "connect-state", nothing)).toBeNull();
});
