import { z } from "zod";
import { type Fact, factSchema } from "./facts.ts";
import { upcastFact } from "./upcast-fact.ts";

const typedSchema = z.looseObject({ type: z.string() });

/**
 * Reads a fact that was written by this version of Millrace or by an older one, from the log or from Postgres.
 *
 * @param json the fact, in the shape of the version given
 * @param version of its type
 * @throws {NewerFactError} when a newer Millrace has written it: whoever may leave it for later has to
 * @throws {z.ZodError} when it is no fact
 */
export function readFact(json: unknown, version: number): Fact {
  const fact = typedSchema.parse(json);
  return factSchema.parse(upcastFact(fact, { type: fact.type, version }));
}

/**
 * The same, where what is no fact is as good as none: null.
 *
 * @throws {NewerFactError}
 */
export function readFactIfAny(json: unknown, version: number): Fact | null {
  try {
    return readFact(json, version);
  } catch (error) {
    if (error instanceof z.ZodError) return null;
    throw error;
  }
}
