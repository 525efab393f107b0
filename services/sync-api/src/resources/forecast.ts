import { z } from "zod";
import { timeSchema } from "./time.ts";

const forecastSchema = z
  .object({
    store: z.string().describe("database, or a stream of the broker"),
    bytes: z.int().nonnegative(),
    bytesMax: z
      .int()
      .nullable()
      .describe("How large it may grow; null: nobody has said so (`DATABASE_MIB_MAX` of the janitor)"),
    bytesPerDay: z
      .int()
      .nullable()
      .describe("By how much it grows a day, as a rule; null: it has not been looked at for two days yet"),
    fullAt: timeSchema
      .nullable()
      .describe("When it is full if it goes on like this; null: that is not in sight, or not known"),
    daysUntilFull: z.number().nonnegative().nullable(),
    seenAt: timeSchema,
  })
  .meta({ id: "Forecast" });
export type Forecast = z.infer<typeof forecastSchema>;

export const forecastsSchema = z.object({ items: z.array(forecastSchema) });
