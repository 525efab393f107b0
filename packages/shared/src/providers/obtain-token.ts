import { setTimeout as sleep } from "node:timers/promises";
import type { AccountRef } from "../events/subjects.ts";
import { decideTokenStep, type IssuedToken, renewAtMs, settleClaim } from "./decide-token-step.ts";
import type { ProviderFault, ProviderResult } from "./mail-provider.ts";
import type { KeptToken, TokenVault } from "./token-vault.ts";

export interface TokenRequest {
  readonly vault: TokenVault;
  readonly ref: AccountRef;
  /** A hash of the credential. */
  readonly grant: string;
  /** The token that the provider has refused; null when none was. */
  readonly refused: string | null;
  /** Asks the provider. Never rejects, and ends within `refreshMsMax`. */
  readonly refresh: () => Promise<ProviderResult<IssuedToken>>;
  readonly refreshMsMax: number;
  /** Milliseconds since any moment. */
  readonly clock: () => number;
  /** Waits before the vault is read again; sleeps, unless a test lets time pass otherwise. */
  readonly pause?: ((ms: number) => Promise<void>) | undefined;
}

export interface ObtainedToken {
  readonly accessToken: string;
  /** How long it may be used from now on; negative when the next one is due already. */
  readonly renewInMs: number;
  /** The provider gave it after it was asked for here. */
  readonly isNew: boolean;
}

/** A claim outlives the refresh that it is for by this much: two writes to the store. */
const claimSlackMs = 2_000;
const pollMsMin = 50;
const pollMsMax = 500;
/** Together some 20 s, longer than a claim holds: who dies with one is waited for, and not much longer. */
const roundsMax = 45;

/**
 * An access token from the vault, or from the provider by way of the vault, so that all processes of an account
 * share one refresh. Holds no connection of the store while it waits or while the provider is asked.
 *
 * @throws what the vault throws: then nothing is known of the provider
 */
export async function obtainToken(request: TokenRequest): Promise<ProviderResult<ObtainedToken>> {
  const { vault, ref, grant, refused, clock, pause = sleep } = request;
  let awaited: number | null = null;
  for (let round = 0; round < roundsMax; round++) {
    const reading = await vault.read(ref);
    if (reading === null) return { ok: false, fault: accountGone };
    const step = decideTokenStep(reading, { grant, refused, awaited }, request.refreshMsMax + claimSlackMs);
    if (step.kind === "use") return { ok: true, value: obtained(step.token, reading.nowMs, step.isNew) };
    if (step.kind === "fail") return { ok: false, fault: step.fault };
    if (step.kind === "wait") {
      awaited = step.version;
      await pause(Math.min(pollMsMin * 1.5 ** round, pollMsMax));
      continue;
    }
    if (!(await vault.write(ref, step.claim))) continue; // somebody was first: see what that changes
    const askedAtMs = clock();
    const result = await request.refresh();
    const tookMs = clock() - askedAtMs;
    const settled = settleClaim(step.claim, result, reading.nowMs, reading.nowMs + tookMs);
    // False when the claim ran out meanwhile, or the mailbox was connected anew: the token is good all the same.
    await vault.write(ref, settled);
    if (result.ok && settled.token !== null) {
      return { ok: true, value: obtained(settled.token, reading.nowMs + tookMs, true) };
    }
    awaited = step.claim.version; // what is kept may serve until the provider answers again
  }
  return { ok: false, fault: waitedTooLong };
}

function obtained(token: KeptToken, nowMs: number, isNew: boolean): ObtainedToken {
  return { accessToken: token.accessToken, renewInMs: renewAtMs(token) - nowMs, isNew };
}

const accountGone: ProviderFault = { category: "transient", message: "The account is not there any more." };
const waitedTooLong: ProviderFault = {
  category: "transient",
  message: "Another worker's refresh of the access token takes too long.",
  reason: "refreshPending",
};
