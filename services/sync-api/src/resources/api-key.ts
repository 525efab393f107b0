import { z } from "zod";
import { scopeSchema, scopes } from "../access/caller.ts";
import { plainText } from "./plain-text.ts";
import { timeSchema } from "./time.ts";

export const keyIdSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/);

export const apiKeySchema = z
  .object({
    id: keyIdSchema,
    name: z.string(),
    scopes: z.array(scopeSchema).describe("read: look; write: connect, sync, control; admin: keys, settings"),
    hint: z.string().nullable().describe("Its first characters"),
    createdAt: timeSchema,
    expiresAt: timeSchema.nullable(),
    lastUsedAt: timeSchema.nullable().describe("To the minute"),
    revokedAt: timeSchema.nullable(),
    replaces: keyIdSchema.nullable().describe("The key that it was made to follow"),
  })
  .meta({ id: "ApiKey", description: "A key of a tenant. The key itself is shown once, when it is made." });
export type ApiKey = z.infer<typeof apiKeySchema>;

export const newApiKeySchema = apiKeySchema
  .extend({ key: z.string().describe("Shown now, and never again") })
  .meta({ id: "NewApiKey" });

const expiresAtSchema = timeSchema
  .refine((time) => Date.parse(time) > Date.now(), "must be in the future")
  .nullable();

export const apiKeyRequestSchema = z
  .strictObject({
    name: plainText(1, 200).describe("What it is for"),
    scopes: z
      .array(scopeSchema)
      .min(1)
      .max(scopes.length)
      .refine((list) => new Set(list).size === list.length, "must name each scope once")
      .default(["read", "write"]),
    expiresAt: expiresAtSchema.default(null).describe("null: it does not end by itself"),
  })
  .meta({ id: "ApiKeyRequest" });

const overlapSecondsMax = 30 * 86_400;

export const rotationRequestSchema = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(overlapSecondsMax)
      .default(86_400)
      .describe("How long the old key still holds"),
    expiresAt: expiresAtSchema
      .optional()
      .describe("When the new key ends; absent: when the old one would have"),
  })
  .default({ overlapSeconds: 86_400 })
  .meta({ id: "RotationRequest" });
