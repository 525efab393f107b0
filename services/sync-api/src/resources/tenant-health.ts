import { z } from "zod";
import { tenantSchema } from "./tenant.ts";
import { timeSchema } from "./time.ts";

const count = z.int().nonnegative();

/** Of the syncs that failed within a day, so many are looked at for why. */
export const failedExplainedMax = 1_000;
/** Of the newest requests of a day, so many are looked through for those that no fact has reached. */
export const requestsLookedAtMax = 100;

/** How a tenant is doing, in numbers: an operator sees no mailbox's address, no sync's id, and no mail. */
export const tenantHealthSchema = z
  .object({
    syncs: z.object({
      requested: count.describe(
        `Accepted within a day, and no fact has reached them yet; among its newest ${requestsLookedAtMax} requests`,
      ),
      queued: count,
      running: count,
      paused: count,
      failing: count.describe("Of those that run, those whose newest attempt failed"),
    }),
    oldestWaitingAt: timeSchema
      .nullable()
      .describe("When the oldest of the syncs that are requested or queued was asked for; null: none waits"),
    failedLastDay: z.object({
      count,
      categories: z
        .record(z.string(), count)
        .describe(`Why, by category; of the newest ${failedExplainedMax}`),
    }),
    openDeadLetters: count,
    accountsToReconnect: count.describe("Mailboxes whose owner has to connect them again"),
  })
  .meta({ id: "TenantHealth", description: "How a tenant's syncs are doing now" });
export type TenantHealth = z.infer<typeof tenantHealthSchema>;

/** What tenants can be narrowed to. */
export const tenantConditionSchema = z
  .enum(["trouble", "waiting", "running", "paused", "failing", "failed", "dead_letters", "reconnect"])
  .describe(
    "Only tenants that have such a thing now; waiting: requested or queued; failed: within a day; reconnect: mailboxes to be connected again; " +
      "trouble: failing, failed, dead_letters or reconnect",
  );
export type TenantCondition = z.infer<typeof tenantConditionSchema>;

export const tenantWithHealthSchema = tenantSchema
  .extend({ health: tenantHealthSchema })
  .meta({ id: "TenantWithHealth", description: "A tenant, and how its syncs are doing; for an operator" });
export type TenantWithHealth = z.infer<typeof tenantWithHealthSchema>;
