import type { Me } from "@millrace/client";
import { renderTime } from "../terminal/render-time.ts";
import { type Finding, ok, warn } from "./finding.ts";

const dayMs = 86_400_000;
const soonMs = 14 * dayMs;

/** What a key opens, and whether it ends soon. */
export function judgeKey({ kind, tenantId, scopes, expiresAt }: Me, keyFrom: string, nowMs: number): Finding {
  const whose =
    kind === "operator" ? "an operator's key" : `a key of the tenant ${tenantId}: ${scopes.join(", ")}`;
  const found = `${keyFrom} is ${whose}${expiresAt === null ? "" : `, ends ${renderTime(expiresAt, nowMs)}`}`;
  if (expiresAt !== null && Date.parse(expiresAt) - nowMs < soonMs)
    return warn(
      "api.key",
      found,
      "`millrace keys rotate KEY_ID` makes the key that follows it, with a day's overlap.",
    );
  return ok("api.key", found);
}
