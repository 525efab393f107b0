import { z } from "zod";

/** One page of a list. */
export const pageOfSchema = <S extends z.ZodType>(item: S) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe("Ask for the next page with it; null: this is the last one"),
  });
