import { tenantIdSchema } from "@millrace/shared/events/identifiers";
import { periodsChangeSchema, tenantPeriodsSchema } from "@millrace/shared/retention/tenant-periods";
import { z } from "zod";
import { parseReturnUrl } from "../oauth/return-url.ts";
import { periodsInForceSchema } from "./period-in-force.ts";
import { plainText } from "./plain-text.ts";
import { timeSchema } from "./time.ts";

const addressesMax = 20;
const addressCharsMax = 1_000;

function isReturnUrl(text: string): boolean {
  const url = parseReturnUrl(text);
  return url !== null && url.search === "" && !hasWildcard(url);
}

function isOrigin(text: string): boolean {
  const url = parseReturnUrl(text);
  return url?.origin === text && !hasWildcard(url);
}

/** It would match nothing, and look as if it matched much. */
const hasWildcard = ({ hostname }: URL): boolean => hostname.includes("*") || hostname.includes("%2A");

const returnUrlsSchema = z
  .array(
    plainText(1, addressCharsMax)
      .refine(
        isReturnUrl,
        "must be https:// (or http://localhost) without user, query, fragment and wildcards",
      )
      .transform((text) => new URL(text).href),
  )
  .max(addressesMax)
  .describe(
    "Where browsers may be sent back to after a mailbox was connected: these addresses, and what lies below them",
  );

const browserOriginsSchema = z
  .array(
    plainText(1, addressCharsMax).refine(
      isOrigin,
      "must be an origin, without wildcards: https://app.example.com",
    ),
  )
  .max(addressesMax)
  .describe("Whose pages may read answers with a browser token");

const nameSchema = plainText(1, 200);
const runningSyncsMaxSchema = z
  .int()
  .min(1)
  .max(100_000)
  .nullable()
  .describe("How many syncs may run at once, the others wait as queued; null: as many as are asked for");
const weightSchema = z
  .number()
  .min(0.01)
  .max(100)
  .describe("Syncs have a window so many times as wide as others'");

const verifyEveryDaysSchema = z
  .int()
  .min(0)
  .max(365)
  .nullable()
  .describe(
    "Each mailbox is compared with the store once in so many days, and what differs is taken in; 0: only when somebody asks, " +
      "null: as it is for everybody (`VERIFY_EVERY_DAYS`)",
  );

export const tenantSchema = z
  .object({
    id: tenantIdSchema,
    name: z.string(),
    runningSyncsMax: z.int().nullable(),
    weight: z.number(),
    returnUrls: z.array(z.string()),
    browserOrigins: z.array(z.string()),
    retention: tenantPeriodsSchema.describe(
      "Periods of its own; what is not named is as it is for everybody",
    ),
    retentionInForce: periodsInForceSchema,
    verifyEveryDays: verifyEveryDaysSchema,
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: "Tenant", description: "A business; the wall that nothing crosses" });
export type Tenant = z.infer<typeof tenantSchema>;

export const tenantRequestSchema = z
  .strictObject({
    id: tenantIdSchema.optional().describe("Chosen for you when it is absent"),
    name: nameSchema,
    runningSyncsMax: runningSyncsMaxSchema.default(null),
    weight: weightSchema.default(1),
    returnUrls: returnUrlsSchema.default([]),
    browserOrigins: browserOriginsSchema.default([]),
  })
  .meta({ id: "TenantRequest" });

/** What a tenant may change of itself. */
const ownSettings = {
  name: nameSchema.optional(),
  returnUrls: returnUrlsSchema.optional(),
  browserOrigins: browserOriginsSchema.optional(),
  retention: periodsChangeSchema
    .nullable()
    .optional()
    .describe("What is not named stays; null, of one or of all: as it is for everybody again"),
  verifyEveryDays: verifyEveryDaysSchema.optional(),
};

const namesSomething = (change: object): boolean =>
  Object.values(change).some((value) => value !== undefined);

export const ownTenantChangeSchema = z
  .strictObject(ownSettings)
  .refine(namesSomething, "must name what to change")
  .meta({ id: "OwnTenantChange" });

export const tenantChangeSchema = z
  .strictObject({
    ...ownSettings,
    runningSyncsMax: runningSyncsMaxSchema.optional(),
    weight: weightSchema.optional(),
  })
  .refine(namesSomething, "must name what to change")
  .meta({ id: "TenantChange" });
export type TenantChange = z.infer<typeof tenantChangeSchema>;
