import type { Verified } from "../finish/verify-accounts.ts";
import type { StoreJudgement } from "./judge-store.ts";

/**
 * A verification must find what is there to be found: no more, no less. Pure.
 *
 * @param before the store as it was compared before the verifications repaired it
 * @returns what was wrong, in words
 */
export function judgeVerifications(
  verified: readonly Verified[],
  before: readonly StoreJudgement[],
): string[] {
  return verified.flatMap(({ account, found, answer }) => {
    if (found === null)
      return [`the verification of ${account.email} did not complete: ${JSON.stringify(answer)}`];
    const difference = before.find((one) => one.account.accountId === account.accountId)?.difference;
    const expected = {
      missing: difference?.lost.length ?? 0,
      extra: difference?.extra.length ?? 0,
      changed: difference?.labelsWrong.length ?? 0,
    };
    const [said, is] = [found, expected].map((counts) => JSON.stringify(counts));
    return said === is ? [] : [`the verification of ${account.email} found ${said}, and there was ${is}`];
  });
}
