import type { Examined } from "@millrace/shared/nats/examine-broker";
import { type Finding, fail, ok, someOf } from "./finding.ts";

/** The consumers of other services, which nobody makes anew by himself: only the folder of users knows what they follow. */
export function judgeFollowers(followers: readonly Examined[], folder: string): Finding[] {
  if (followers.length === 0) return [];
  const check = "broker.followers";
  const missing = followers.filter(({ differences }) => differences === null).map(({ name }) => name);
  const drifted = followers
    .filter(({ differences }) => (differences ?? []).length > 0)
    .map(({ name }) => name);
  if (missing.length + drifted.length === 0)
    return [
      ok(
        check,
        followers.length === 1
          ? "the follower's consumer is as it should be"
          : `${followers.length} followers' consumers are as they should be`,
      ),
    ];
  const found = [
    ...(missing.length > 0 ? [`not there: ${someOf(missing)}`] : []),
    ...(drifted.length > 0 ? [`not of the tenants that are in ${folder}: ${someOf(drifted)}`] : []),
  ];
  const makes = `\`npm run nats-users -- ${folder} --server "$NATS_URL"\` makes them as they should be`;
  return [fail(check, found.join("; "), `${makes}; a new one begins with the oldest fact that the log has.`)];
}
