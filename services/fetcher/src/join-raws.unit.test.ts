import { describe, expect, it } from "vitest";
import { joinRaws } from "./join-raws.ts";
import { givenMessage as message } from "./testing/given.ts";

const withRaw = (id: string, ...bytes: number[]) => message(id, { raw: new Uint8Array(bytes) });

describe("joining exact bytes", () => {
  it("says where those of each message are", () => {
    const joined = joinRaws([withRaw("a", 1, 2), message("b", { raw: null }), withRaw("c"), withRaw("d", 3)]);
    expect([...(joined.bytes ?? [])]).toEqual([1, 2, 3]);
    expect(joined).toMatchObject({ starts: [1, null, 3, 3], lengths: [2, null, 0, 1] });
  });

  it("does not copy those of a single message", () => {
    const one = withRaw("a", 1, 2);
    expect(joinRaws([message("b", { raw: null }), one]).bytes).toBe(one.raw);
  });

  it("has none when no message has", () => {
    expect(joinRaws([message("a", { raw: null })])).toEqual({ bytes: null, starts: [null], lengths: [null] });
  });
});
