import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { signWebhook } from "./sign-webhook.ts";
import { newWebhookSecret } from "./webhook-secret.ts";

const id = "whm_1";
const body = '{"type":"webhook.test","äöü":"✓"}';
const secret = newWebhookSecret();
const verify = (headers: Record<string, string>, text = body, with_ = secret) =>
  new Webhook(with_).verify(text, headers);

describe("a receiver with the library of the standard", () => {
  it("accepts what is signed now", () => {
    expect(verify(signWebhook({ id, body, secrets: [secret] }, new Date()))).toEqual(JSON.parse(body));
  });

  it("refuses another body, another id, another secret, and what is signed by nobody", () => {
    const headers = signWebhook({ id, body, secrets: [secret] }, new Date());
    expect(() => verify(headers, body.replace("test", "best"))).toThrow("No matching signature");
    expect(() => verify({ ...headers, "webhook-id": "whm_2" })).toThrow("No matching signature");
    expect(() => verify(headers, body, newWebhookSecret())).toThrow("No matching signature");
    expect(() => verify({ ...headers, "webhook-signature": "v1,AAAA" })).toThrow("No matching signature");
    const later = String(Number(headers["webhook-timestamp"]) + 1);
    expect(() => verify({ ...headers, "webhook-timestamp": later })).toThrow("No matching signature");
  });

  it("refuses what was signed long ago, and what is from the future", () => {
    const at = (minutes: number) => new Date(Date.now() + minutes * 60_000);
    expect(() => verify(signWebhook({ id, body, secrets: [secret] }, at(-6)))).toThrow("too old");
    expect(() => verify(signWebhook({ id, body, secrets: [secret] }, at(6)))).toThrow("too new");
  });

  it("accepts it with either secret while a rotation overlaps", () => {
    const before = newWebhookSecret();
    const headers = signWebhook({ id, body, secrets: [secret, before] }, new Date());
    for (const one of [secret, before]) expect(verify(headers, body, one)).toEqual(JSON.parse(body));
    expect(() => verify(headers, body, newWebhookSecret())).toThrow("No matching signature");
  });
});

it("secrets have 32 random bytes", () => {
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(newWebhookSecret()).not.toBe(secret);
});
