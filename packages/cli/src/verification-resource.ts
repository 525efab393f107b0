import { z } from "zod";

const ids = z.array(z.string());

/** A verification as the API tells it. Unknown fields are passed on. */
export const verificationResource = z.looseObject({
  id: z.string(),
  accountId: z.string(),
  status: z.string(),
  repair: z.boolean(),
  listed: z.number(),
  stored: z.number().nullable(),
  missing: z.number().nullable(),
  extra: z.number().nullable(),
  changed: z.number().nullable(),
  examples: z.object({ missing: ids, extra: ids, changed: ids }),
  repairSyncId: z.string().nullable(),
  progress: z.object({ step: z.string(), pages: z.number() }),
  failure: z.object({ category: z.string(), message: z.string() }).nullable(),
});
export type VerificationResource = z.infer<typeof verificationResource>;
