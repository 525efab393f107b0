import { newSyncId } from "@millrace/shared/events/identifiers";
import type { Delivery } from "@millrace/shared/runtime/step";
import { describe, expect, it } from "vitest";
import { parseRequest } from "./parse-request.ts";

function delivery(
  body: string,
  more: Partial<Delivery> & { headers?: Record<string, string> } = {},
): Delivery {
  return {
    subject: "sync.requests.acme.acc_1",
    header: (name) => more.headers?.[name] ?? "",
    body: new TextEncoder().encode(body),
    seq: 12,
    deliveryCount: 1,
    storedAtMs: Date.parse("2026-01-01T00:00:00.000Z"),
    ...more,
  };
}

function rejectionOf(given: Delivery) {
  const parsed = parseRequest(given);
  if (parsed.ok || parsed.outcome.kind !== "reject") throw new Error("expected a rejection");
  const [effect] = parsed.outcome.effects;
  if (effect?.kind !== "append") throw new Error("expected a fact");
  return effect;
}

describe("a request on the subject", () => {
  it("may be bare JSON, or nothing at all for the defaults", () => {
    for (const body of ["", "{}"]) {
      const parsed = parseRequest(delivery(body));
      expect(parsed).toMatchObject({
        ok: true,
        input: { ref: { tenantId: "acme" }, request: { mode: "auto", trigger: "event" } },
      });
    }
  });

  it("gets its sync id from the event's id, or from where it stands in the stream: a redelivery has the same", () => {
    const idOf = (given: Delivery): string => {
      const parsed = parseRequest(given);
      return parsed.ok ? parsed.input.request.syncId : "";
    };
    expect(idOf(delivery("{}"))).toBe(idOf(delivery("{}", { deliveryCount: 5 })));
    expect(idOf(delivery("{}"))).not.toBe(idOf(delivery("{}", { seq: 13 })));
    const event = { headers: { "ce-id": "abc", "ce-type": "SyncRequested" } };
    expect(idOf(delivery("{}", event))).toBe(idOf(delivery("{}", { ...event, seq: 99 })));
    const fromElsewhere = { headers: { ...event.headers, "ce-source": "/other" } };
    expect(idOf(delivery("{}", event))).not.toBe(idOf(delivery("{}", fromElsewhere)));
  });

  it("keeps an id that was made for its account; any other only names the request, apart for each account", () => {
    const syncIdOf = (syncId: string, subject = "sync.requests.acme.acc_1"): string => {
      const parsed = parseRequest(delivery(JSON.stringify({ syncId }), { subject }));
      return parsed.ok ? parsed.input.request.syncId : "";
    };
    const own = newSyncId({ tenantId: "acme", accountId: "acc_1" });
    expect(syncIdOf(own)).toBe(own);
    expect(syncIdOf(own, "sync.requests.evil.acc_2")).not.toBe(own);
    expect(syncIdOf("nightly")).toBe(syncIdOf("nightly"));
    expect(syncIdOf("nightly")).not.toBe(syncIdOf("nightly", "sync.requests.acme.acc_2"));
  });

  it("keeps what it asks for", () => {
    const parsed = parseRequest(
      delivery('{"mode":"full","query":"from:x","labelIds":["INBOX"],"chunkSize":25}'),
    );
    expect(parsed).toMatchObject({
      ok: true,
      input: { request: { mode: "full", query: "from:x", chunkSize: 25 } },
    });
  });
});

describe("a request that cannot be understood", () => {
  it.each([
    ["not JSON", "{", /not JSON/],
    ["a wrong type", '{"chunkSize":"many"}', /chunkSize/],
    ["out of bounds", '{"chunkSize":100000}', /chunkSize/],
    ["no object", "[1]", /body/],
    ["a bad id", '{"syncId":"a.b"}', /syncId/],
  ])("because of %s becomes a fact with its reason and its payload", (_, body, reason) => {
    const { fact, ref } = rejectionOf(delivery(body));
    expect(ref).toEqual({ tenantId: "acme", accountId: "acc_1" });
    expect(fact).toMatchObject({ type: "request.rejected", payload: body, payloadBytes: body.length });
    expect(fact.type === "request.rejected" && fact.reason).toMatch(reason);
  });

  it("because of its type or its subject is recorded as well", () => {
    expect(rejectionOf(delivery("{}", { headers: { "ce-type": "Other" } })).fact).toMatchObject({
      type: "request.rejected",
    });
    const { ref } = rejectionOf(delivery("{}", { subject: "sync.requests.acme" }));
    expect(ref).toEqual({ tenantId: "acme", accountId: "_" });
  });

  it("is kept within a bound, and twice is once", () => {
    const huge = rejectionOf(delivery("x".repeat(1_000_000)));
    expect(huge.fact.type === "request.rejected" && huge.fact.payload.length).toBe(8192);
    expect(rejectionOf(delivery("{")).eventId).toBe(rejectionOf(delivery("{", { deliveryCount: 3 })).eventId);
  });

  it("with bytes that are no text does not break anything", () => {
    const given = { ...delivery(""), body: new Uint8Array([0xff, 0x00, 0xfe]) };
    expect(rejectionOf(given).fact).toMatchObject({ payloadBytes: 3 });
  });
});
