import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAccessTokens } from "./access-tokens.ts";
import type { ProviderFault } from "./mail-provider.ts";
import { memoryTokenVault } from "./testing/memory-token-vault.ts";
import type { TokenVault } from "./token-vault.ts";

const account = { tenantId: "t1", accountId: "a1", email: "ann@example.com", refreshToken: "refresh-1" };
const unavailable: ProviderFault = { category: "transient", message: "HTTP status 503." };
const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A provider, a vault and a clock, and as many processes as a test opens on them. */
function setUp(options: { expiresInMs?: number; accountsMax?: number } = {}) {
  const state = { nowMs: 1_000_000, refreshes: [] as string[], failWith: null as ProviderFault | null };
  const vault = memoryTokenVault(() => state.nowMs);
  const open = (wrap = (one: TokenVault) => one) =>
    createAccessTokens({
      vault: wrap(vault),
      clock: () => state.nowMs,
      refreshMsMax: 10_000,
      pause: tick,
      ...(options.accountsMax === undefined ? {} : { accountsMax: options.accountsMax }),
      faultOf: (error) => (error as { fault: ProviderFault }).fault,
      refresh: async (refreshToken) => {
        state.refreshes.push(refreshToken);
        const number = state.refreshes.length;
        await tick();
        if (state.failWith !== null) throw Object.assign(new Error("no"), { fault: state.failWith });
        return { accessToken: `access-${number}`, expiresInMs: options.expiresInMs ?? 3_600_000 };
      },
    });
  return { state, vault, open };
}

async function textOf(asked: ReturnType<ReturnType<typeof createAccessTokens>["get"]>): Promise<string> {
  const result = await asked;
  return result.ok ? result.value.text : result.fault.category;
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

describe("access tokens of one process", () => {
  it("are refreshed once for all who ask at the same time, and kept", async () => {
    const { state, open } = setUp();
    const tokens = open();
    const asked = await Promise.all(times(50, () => textOf(tokens.get(account))));
    expect(new Set(asked)).toEqual(new Set(["access-1"]));
    expect(await textOf(tokens.get(account))).toBe("access-1");
    expect(state.refreshes).toHaveLength(1);
  });

  it("take one look into the vault for all who ask at the same time", async () => {
    const { open } = setUp();
    await open().get(account);
    let reads = 0;
    const tokens = open((vault) => ({
      ...vault,
      read: (ref) => {
        reads++;
        return vault.read(ref);
      },
    }));
    await Promise.all(times(50, () => tokens.get(account)));
    expect(reads).toBe(1);
  });

  it("are replaced a minute before they end", async () => {
    const { state, open } = setUp();
    const tokens = open();
    await tokens.get(account);
    state.nowMs += 3_539_000;
    expect(await textOf(tokens.get(account))).toBe("access-1");
    state.nowMs += 2_000;
    expect(await textOf(tokens.get(account))).toBe("access-2");
  });

  it("that live for seconds only are replaced when a tenth of their life is left, and not with each call", async () => {
    const { state, open } = setUp({ expiresInMs: 5_000 });
    const tokens = open();
    for (; state.nowMs < 1_100_000; state.nowMs += 100) await tokens.get(account);
    expect(state.refreshes).toHaveLength(Math.ceil(100_000 / 4_500));
  });

  it("that were refused are replaced once, however many were refused with them", async () => {
    const { state, open } = setUp();
    const tokens = open();
    await tokens.get(account);
    const replaced = await Promise.all(times(3, () => textOf(tokens.replace(account, "access-1"))));
    expect(replaced).toEqual(["access-2", "access-2", "access-2"]);
    expect(await textOf(tokens.replace(account, "access-1"))).toBe("access-2");
    expect(state.refreshes).toHaveLength(2);
  });

  it("that are refused while others look for theirs are replaced all the same", async () => {
    const { state, open } = setUp();
    await open().get(account);
    const other = open();
    const [got, replaced] = await Promise.all([
      textOf(other.get(account)),
      textOf(other.replace(account, "access-1")),
    ]);
    expect([got, replaced, state.refreshes.length]).toEqual(["access-1", "access-2", 2]);
  });

  it("do not outlive a reconnection", async () => {
    const { state, open } = setUp();
    const tokens = open();
    await tokens.get(account);
    expect(await textOf(tokens.get({ ...account, refreshToken: "refresh-2" }))).toBe("access-2");
    expect(state.refreshes).toEqual(["refresh-1", "refresh-2"]);
  });

  it("are kept in memory for so many accounts and no more; the others come from the vault", async () => {
    const { state, open } = setUp({ accountsMax: 2 });
    let reads = 0;
    const tokens = open((vault) => ({
      ...vault,
      read: (ref) => {
        reads++;
        return vault.read(ref);
      },
    }));
    for (const accountId of ["a", "b", "b", "c", "a"]) await tokens.get({ ...account, accountId });
    expect([reads, state.refreshes.length]).toEqual([4, 3]);
  });
});

describe("access tokens of several processes", () => {
  it("are refreshed once for all of them", async () => {
    const { state, open } = setUp();
    const processes = times(8, () => open());
    const everybody = () => Promise.all(processes.flatMap((one) => times(5, () => textOf(one.get(account)))));
    expect(new Set(await everybody())).toEqual(new Set(["access-1"]));
    state.nowMs += 3_600_001;
    expect(new Set(await everybody())).toEqual(new Set(["access-2"]));
    expect(state.refreshes).toHaveLength(2);
  });

  it("that were refused in all of them are replaced once; who comes late takes what is there", async () => {
    const { state, open } = setUp();
    const processes = times(8, () => open());
    await Promise.all(processes.map((one) => one.get(account)));
    const replaced = await Promise.all(
      processes.slice(1).map((one) => textOf(one.replace(account, "access-1"))),
    );
    expect(new Set(replaced)).toEqual(new Set(["access-2"]));
    const late = await processes[0]?.replace(account, "access-1");
    expect(late).toEqual({ ok: true, value: { text: "access-2", isNew: false } });
    expect(state.refreshes).toHaveLength(2);
  });

  it("that cannot be had are a fault for all who wait, and are asked for again a second later, by one", async () => {
    const { state, open } = setUp();
    const processes = times(8, () => open());
    const everybody = () => Promise.all(processes.map((one) => textOf(one.get(account))));
    state.failWith = unavailable;
    expect(new Set(await everybody())).toEqual(new Set(["transient"]));
    expect(new Set(await everybody())).toEqual(new Set(["transient"]));
    expect(state.refreshes).toHaveLength(1);
    state.nowMs += 1_001;
    await everybody();
    expect(state.refreshes).toHaveLength(2);
    state.nowMs += 2_001;
    state.failWith = null;
    expect(new Set(await everybody())).toEqual(new Set(["access-3"]));
  });

  it("through an hour without the provider are asked for twice a minute", async () => {
    const { state, open } = setUp();
    const processes = times(4, () => open());
    state.failWith = unavailable;
    for (let second = 0; second < 3_600; second++) {
      await Promise.all(processes.map((one) => one.get(account)));
      state.nowMs += 1_000;
    }
    expect(state.refreshes.length).toBeGreaterThan(100);
    expect(state.refreshes.length).toBeLessThan(130);
  });

  it("serve on while their renewal fails, until half of what was kept back is over", async () => {
    const { state, open } = setUp();
    const tokens = open();
    await tokens.get(account);
    state.failWith = unavailable;
    state.nowMs += 3_545_000;
    expect(await textOf(tokens.get(account))).toBe("access-1");
    expect(state.refreshes).toHaveLength(2);
    state.nowMs += 30_000;
    expect(await textOf(tokens.get(account))).toBe("transient");
  });

  it("end at once when consent is lost, for all; the same credential works when it is given back", async () => {
    const { state, open } = setUp();
    const processes = times(4, () => open());
    await Promise.all(processes.map((one) => one.get(account)));
    state.failWith = { category: "consent_lost", message: "invalid_grant", isConfirmed: true };
    state.nowMs += 3_545_000;
    expect(await textOf(open().get(account))).toBe("consent_lost");
    expect(new Set(await Promise.all(processes.map((one) => textOf(one.get(account)))))).toEqual(
      new Set(["consent_lost"]),
    );
    expect(state.refreshes).toHaveLength(3);
    state.failWith = null;
    expect(await textOf(open().get(account))).toBe("access-4");
  });

  it("are refreshed by another when the one who was at it has died", async () => {
    const { state, vault, open } = setUp();
    const dead = open((shared) => ({
      ...shared,
      write: async (ref, next) => (await shared.write(ref, next)) && never,
    }));
    void dead.get(account);
    await tick();
    expect((await vault.read(account))?.record?.refreshingUntilMs).toBe(1_012_000);
    const heir = createHeir();
    expect(await textOf(heir.get(account))).toBe("access-1");
    expect(state.nowMs).toBeGreaterThanOrEqual(1_012_000);

    function createHeir() {
      return createAccessTokens({
        vault,
        clock: () => state.nowMs,
        refreshMsMax: 10_000,
        faultOf: () => unavailable,
        pause: async (ms) => {
          state.nowMs += ms;
        },
        refresh: async () => ({ accessToken: "access-1", expiresInMs: 3_600_000 }),
      });
    }
  });
});

const never = new Promise<never>(() => {});

describe("a vault that is away", () => {
  it("is an error of its own, and the provider is not asked", async () => {
    const { state, open } = setUp();
    const away = new Error("connection refused");
    const tokens = open((vault) => ({ ...vault, read: () => Promise.reject(away) }));
    await expect(tokens.get(account)).rejects.toBe(away);
    expect(state.refreshes).toEqual([]);
  });

  it("after the provider has answered costs no second refresh", async () => {
    const { state, open } = setUp();
    const away = new Error("connection lost");
    const tokens = open((vault) => ({
      ...vault,
      write: (ref, next) => (next.token === null ? vault.write(ref, next) : Promise.reject(away)),
    }));
    await expect(tokens.get(account)).rejects.toBe(away);
    expect(await textOf(tokens.get(account))).toBe("access-1");
    expect(state.refreshes).toHaveLength(1);
  });
});

it("whatever the order in which reads, writes and answers arrive: one refresh, one token", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 2, max: 5 }),
      fc.boolean(),
      async (s, count, isRefused) => {
        const vault = memoryTokenVault(() => 0);
        let refreshes = 0;
        const openProcess = () =>
          createAccessTokens({
            vault: { read: s.scheduleFunction(vault.read), write: s.scheduleFunction(vault.write) },
            clock: () => 0,
            refreshMsMax: 10_000,
            faultOf: () => unavailable,
            pause: s.scheduleFunction(async () => {}),
            refresh: s.scheduleFunction(async () => ({
              accessToken: `access-${++refreshes}`,
              expiresInMs: 3_600_000,
            })),
          });
        const processes = times(count, openProcess);
        const before = isRefused
          ? await s.waitFor(textOf((processes[0] as (typeof processes)[0]).get(account)))
          : null;
        const began = refreshes;
        const asked = processes.flatMap((one) =>
          times(2, () => textOf(before === null ? one.get(account) : one.replace(account, before))),
        );
        const got = await s.waitFor(Promise.all(asked));
        expect([new Set(got), refreshes]).toEqual([new Set([`access-${began + 1}`]), began + 1]);
      },
    ),
    { numRuns: 300 },
  );
}, 30_000);
