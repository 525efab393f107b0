import { describe, expect, it } from "vitest";
import { createAccessTokens } from "./access-tokens.ts";

const account = { accountId: "a1", email: "ann@example.com", refreshToken: "refresh-1" };

function setUp(options: { expiresInMs?: number; accountsMax?: number } = {}) {
  const state = { nowMs: 1_000_000, refreshes: [] as string[], failWith: null as Error | null };
  const tokens = createAccessTokens({
    clock: () => state.nowMs,
    ...(options.accountsMax === undefined ? {} : { accountsMax: options.accountsMax }),
    faultOf: (error) => ({ category: "consent_lost", message: String(error) }),
    refresh: async (refreshToken) => {
      state.refreshes.push(refreshToken);
      const number = state.refreshes.length;
      await new Promise((resolve) => setImmediate(resolve));
      if (state.failWith !== null) throw state.failWith;
      return { accessToken: `access-${number}`, expiresInMs: options.expiresInMs ?? 3_600_000 };
    },
  });
  return { state, tokens };
}

const tokenOf = async (result: Promise<{ ok: boolean; value?: string }>) => (await result).value;

describe("access tokens", () => {
  it("are refreshed once for all who ask at the same time, and kept", async () => {
    const { state, tokens } = setUp();
    const asked = await Promise.all(Array.from({ length: 50 }, () => tokenOf(tokens.get(account))));
    expect(new Set(asked)).toEqual(new Set(["access-1"]));
    expect(await tokenOf(tokens.get(account))).toBe("access-1");
    expect(state.refreshes).toHaveLength(1);
  });

  it("are replaced a minute before they end", async () => {
    const { state, tokens } = setUp();
    await tokens.get(account);
    state.nowMs += 3_539_000;
    expect(await tokenOf(tokens.get(account))).toBe("access-1");
    state.nowMs += 2_000;
    expect(await tokenOf(tokens.get(account))).toBe("access-2");
  });

  it("that were refused are replaced once, however many were refused with them", async () => {
    const { state, tokens } = setUp();
    await tokens.get(account);
    const replaced = await Promise.all([1, 2, 3].map(() => tokenOf(tokens.replace(account, "access-1"))));
    expect(replaced).toEqual(["access-2", "access-2", "access-2"]);
    expect(await tokenOf(tokens.replace(account, "access-1"))).toBe("access-2");
    expect(state.refreshes).toHaveLength(2);
  });

  it("do not outlive a reconnection", async () => {
    const { state, tokens } = setUp();
    await tokens.get(account);
    expect(await tokenOf(tokens.get({ ...account, refreshToken: "refresh-2" }))).toBe("access-2");
    expect(state.refreshes).toEqual(["refresh-1", "refresh-2"]);
  });

  it("that cannot be had are a fault for all who wait, and are asked for again the next time", async () => {
    const { state, tokens } = setUp();
    state.failWith = new Error("no");
    const [one, two] = await Promise.all([tokens.get(account), tokens.get(account)]);
    expect([one?.ok, two?.ok, state.refreshes.length]).toEqual([false, false, 1]);
    state.failWith = null;
    expect((await tokens.get(account)).ok).toBe(true);
  });

  it("are kept for so many accounts and no more", async () => {
    const { state, tokens } = setUp({ accountsMax: 2 });
    for (const accountId of ["a", "b", "c", "a"]) await tokens.get({ ...account, accountId });
    expect(state.refreshes).toHaveLength(4);
  });
});
