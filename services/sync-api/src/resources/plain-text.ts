import { z } from "zod";

/** Text that Postgres can hold and compare: no NUL, no lone surrogate. */
export const plainText = (charsMin: number, charsMax: number) =>
  z
    .string()
    .min(charsMin)
    .max(charsMax)
    .refine((text) => !text.includes("\0") && text.isWellFormed(), "must hold no NUL and no lone surrogate");
