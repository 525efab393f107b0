import { z } from "zod";
import { problemResponses } from "../http/problem.ts";
import { streamedBody } from "../http/streamed-body.ts";

export const streamHeadersSchema = z.looseObject({
  "last-event-id": z
    .string()
    .max(100)
    .optional()
    .describe("The id of the last event that was seen: only what is newer is sent"),
});

/** Browsers cannot set headers of an EventSource. */
export const streamQuerySchema = z.strictObject({
  access_token: z
    .string()
    .max(300)
    .optional()
    .describe("A browser token (mrb_…), where headers cannot be set"),
});

/** The answer of a stream. It is its connection's last one, so that the end of the stream closes it. */
export const streamResponseHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  connection: "close",
  "x-accel-buffering": "no",
};

/** @param description of its events */
export const streamResponsesOf = (description: string) => ({
  200: {
    description: `${description}; comments as heartbeats`,
    content: { "text/event-stream": { schema: streamedBody } },
  },
  ...problemResponses,
});
