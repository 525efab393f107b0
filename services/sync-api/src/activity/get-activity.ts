import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import { whoseOf } from "../overview/owners.ts";
import { activitySchema } from "../resources/activity.ts";
import { readActivity } from "./read-activity.ts";
import { minutesMax, timeFrameOf } from "./time-frame.ts";

const querySchema = z.strictObject({
  minutes: z.coerce
    .number()
    .int()
    .min(1)
    .max(minutesMax)
    .default(60)
    .describe(`So many minutes, this one included, ${minutesMax} at most`),
});

export function getActivity(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/activity",
    {
      config: { operator: true },
      schema: {
        summary: "What happened over time, to be drawn",
        description:
          "A point stands for a minute, or for as many as make 120 points. The last one is still growing. An operator's key " +
          "asks of all tenants together.",
        tags: ["overview"],
        querystring: querySchema,
        response: { 200: activitySchema, ...problemResponses },
      },
    },
    async (request) => readActivity(pool, whoseOf(request), timeFrameOf(request.query.minutes, Date.now())),
  );
}
