import type { FaultEffect, FaultRuleInput } from "@millrace/gmail-simulator/faults/fault-rule";
import { Random } from "@millrace/gmail-simulator/random";
import { askNow } from "../load/ask-for-syncs.ts";
import type { PlannedFault } from "../plan/plan-faults.ts";
import { pause } from "../world/pause.ts";
import type { Account, World } from "../world/world.ts";
import type { Injector } from "./injector.ts";

const everybody = "*";
/** Share of the calls that fail. */
const probabilityMin = 0.1;
const probabilityMax = 0.6;

type Match = NonNullable<FaultRuleInput["match"]>;
type Shaped = { readonly effect: FaultEffect; readonly match?: Match };

/** Calls of the provider go wrong for a while, at a probability. */
function misbehave(shape: (random: Random, fault: PlannedFault) => Shaped): Injector {
  return async (fault, { simulator }, signal) => {
    const { effect, match } = shape(new Random(fault.seed), fault);
    const id = await simulator.addFault({
      match: { ...match, ...(fault.target === everybody ? {} : { email: fault.target }) },
      effect,
      when: { probability: probabilityMin + fault.intensity * (probabilityMax - probabilityMin) },
      seed: fault.seed,
    });
    await pause(fault.durationMs, signal);
    await simulator.clearFaults(id);
    return true;
  };
}

/** As the network sees it: a batch is one call. */
const wholeCalls: Match = { inBatch: false };

export const throttleWithTime = misbehave((random) => ({
  effect: {
    kind: "status",
    status: 429,
    retryAfterHeaderSeconds: 1 + random.below(3),
    retryAfterMs: 500 + random.below(3_000),
  },
}));
export const throttle = misbehave(() => ({ effect: { kind: "status", status: 429 } }));
export const exceedUsage = misbehave((random) => ({
  effect: {
    kind: "status",
    status: 403,
    reason: random.pick(["userRateLimitExceeded", "rateLimitExceeded"]),
    retryAfterMs: 500 + random.below(3_000),
  },
}));
export const serverError = misbehave((random) => ({
  effect: { kind: "status", status: random.pick([500, 502, 503, 504]) },
}));
export const precondition = misbehave(() => ({ effect: { kind: "status", status: 400 } }));
export const reset = misbehave((random) => ({
  effect: { kind: "reset" },
  match: random.chance(0.5) ? wholeCalls : {},
}));
export const truncate = misbehave(() => ({
  effect: { kind: "truncate", endsCleanly: false },
  match: wholeCalls,
}));
export const endShort = misbehave(() => ({
  effect: { kind: "truncate", endsCleanly: true },
  match: wholeCalls,
}));
export const hang = misbehave((random) => ({ effect: { kind: "hang", ms: 2_000 + random.below(8_000) } }));
export const malformed = misbehave(() => ({ effect: { kind: "malformedJson" } }));
export const empty = misbehave(() => ({ effect: { kind: "empty200" } }));
export const dropPart = misbehave(() => ({ effect: { kind: "dropPart" }, match: { inBatch: true } }));
export const expireToken = misbehave(() => ({
  effect: { kind: "expiredToken" },
  match: { endpoint: "messages.get" },
}));
/** Not `invalid_grant`: that is lost consent. */
export const tokenEndpoint = misbehave(() => ({
  effect: { kind: "status", status: 503 },
  match: { endpoint: "token" },
}));

const accountOf = (world: World, email: string): Account => {
  const account = world.accounts.find((one) => one.email === email);
  if (account === undefined) throw new Error(`There is no mailbox ${email}.`);
  return account;
};

export const expireTokens: Injector = async ({ target }, { simulator }) => {
  await simulator.expireTokens(target);
  return true;
};

/** The owner takes the consent back, and later gives it again and connects the mailbox anew. */
export const revokeConsent: Injector = async ({ target, durationMs }, world, signal) => {
  await world.simulator.setGranted(target, false);
  await pause(durationMs, signal);
  await world.simulator.setGranted(target, true);
  if (world.capabilities.credentials) await reconnect(accountOf(world, target), signal);
  return true;
};

const reconnectRetryMs = 500;

/** Gives Millrace the account's token again; asks until it is taken, or the signal is aborted. */
export async function reconnect({ api, accountId, email }: Account, signal: AbortSignal): Promise<boolean> {
  const body = { credentials: { refreshToken: `sim-refresh-${email}` } };
  while (!signal.aborted) {
    const answer = await api
      .call({ method: "POST", path: `/v1/accounts/${accountId}/credentials`, body })
      .catch(() => null);
    if (answer !== null && answer.status < 300) return true;
    await pause(reconnectRetryMs, signal);
  }
  return false;
}

const badMessagesMax = 3;

/** Mail arrives that Gmail lists and then refuses to give; somebody asks for it at once. */
export const plantBadMessages: Injector = async ({ target, seed, atMs }, world, signal) => {
  const count = 1 + new Random(seed).below(badMessagesMax);
  const account = accountOf(world, target);
  const ids = await account.book.arrive(count, ["INBOX", "UNREAD"]);
  for (const messageId of ids) {
    world.badMessages.add(`${target} ${messageId}`);
    await world.simulator.addFault({
      match: { endpoint: "messages.get", email: target, messageId },
      effect: { kind: "status", status: 400, reason: "invalidArgument", message: "Invalid id value" },
    });
  }
  await askNow(world, account, `bad-message-${atMs}`, signal);
  return true;
};

const massDeletionMax = 150;

/** The newest mail goes, while a listing may have it and no fetcher has fetched it. */
export const deleteMuch: Injector = async ({ target, intensity }, world) => {
  const { book } = accountOf(world, target);
  return (await book.deleteNewest(1 + Math.round(intensity * Math.min(massDeletionMax, book.size / 4)))) > 0;
};
