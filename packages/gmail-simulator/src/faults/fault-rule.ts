import { z } from "zod";
import { endpoints } from "../quota/price-lists.ts";

const milliseconds = z.number().int().min(0).max(3_600_000);

/** What a fault does to one call, or to one part of a batch. */
export const faultEffectSchema = z.discriminatedUnion("kind", [
  /** Answers this status in Gmail's error shape; defaults follow the status. */
  z.strictObject({
    kind: z.literal("status"),
    status: z.number().int().min(400).max(599),
    reason: z.string().max(200).optional(),
    message: z.string().max(2_000).optional(),
    domain: z.string().max(200).optional(),
    /** Puts "Retry after <time>" into the message, as Gmail does. */
    retryAfterMs: milliseconds.optional(),
    /** Seconds for a Retry-After header, which Gmail often leaves out. */
    retryAfterHeaderSeconds: z.number().int().min(0).max(1_000_000).optional(),
  }),
  /** Closes the connection: before the answer, or in the middle of a batch's. */
  z.strictObject({ kind: z.literal("reset") }),
  /** Says nothing for this long, then goes on as usual. */
  z.strictObject({ kind: z.literal("hang"), ms: milliseconds }),
  /** Sends half of the answer; then closes the connection, or ends as if it were whole. */
  z.strictObject({ kind: z.literal("truncate"), endsCleanly: z.boolean().default(false) }),
  /** Waits, then answers as usual. */
  z.strictObject({ kind: z.literal("latency"), ms: milliseconds }),
  /** A 200 whose body is no JSON. */
  z.strictObject({ kind: z.literal("malformedJson") }),
  /** Ends the access token in use and answers 401. */
  z.strictObject({ kind: z.literal("expiredToken") }),
  /** Answers 404 as history.list does for a start that is too old. */
  z.strictObject({ kind: z.literal("expiredHistory") }),
  /** A 200 with nothing in it. */
  z.strictObject({ kind: z.literal("empty200") }),
  /** Leaves the part out of a batch's answer. Outside a batch the same as empty200. */
  z.strictObject({ kind: z.literal("dropPart") }),
  /** Nothing: for scripts that let a call pass. */
  z.strictObject({ kind: z.literal("none") }),
]);

export type FaultEffect = z.infer<typeof faultEffectSchema>;

/** Which calls, what happens to them, and when. Exactly one of effect and script. */
export const faultRuleSchema = z
  .strictObject({
    match: z
      .strictObject({
        endpoint: z.enum(endpoints).optional(),
        email: z.string().max(320).optional(),
        messageId: z.string().max(64).optional(),
        inBatch: z.boolean().optional(),
      })
      .default({}),
    effect: faultEffectSchema.optional(),
    /** One effect a matching call, in order; then the rule is spent. */
    script: z.array(faultEffectSchema).min(1).max(10_000).optional(),
    when: z
      .strictObject({
        /** Of matching calls, this share, chosen by the seed. */
        probability: z.number().min(0).max(1).optional(),
        /** At most this many times. */
        times: z.number().int().min(1).optional(),
        /** Not for the first so many matching calls. */
        afterCalls: z.number().int().min(0).optional(),
      })
      .default({}),
    seed: z.number().int().default(1),
  })
  .refine((rule) => (rule.effect === undefined) !== (rule.script === undefined), {
    message: "give either effect or script",
  });

export type FaultRule = z.output<typeof faultRuleSchema>;
export type FaultRuleInput = z.input<typeof faultRuleSchema>;
