import { z } from "zod";

export const redrivenSchema = z
  .object({ redriven: z.int().nonnegative().describe("Dead letters that were put back") })
  .meta({ id: "Redriven" });
