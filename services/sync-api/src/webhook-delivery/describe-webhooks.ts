import { z } from "zod";
import { webhookPayloads } from "./webhook-payload.ts";

const header = (name: string, description: string) => ({
  name,
  in: "header" as const,
  required: true,
  description,
  schema: { type: "string" as const },
});

const parameters = [
  header("webhook-id", "Names the message: what comes twice has the same one"),
  header("webhook-timestamp", "When this attempt was made, in seconds since 1970"),
  header(
    "webhook-signature",
    "`v1,<base64>`, HMAC-SHA-256 of `<id>.<timestamp>.<body>`; several, separated by spaces, after a rotation",
  ),
];

const responses = {
  "2XX": { description: "Taken. Anything else is tried again, for three days" },
  "410": { description: "Nothing is wanted here any more: the endpoint is disabled" },
};

/** What endpoints are told, as the section `webhooks` of OpenAPI 3.1. */
export function describeWebhooks() {
  return Object.fromEntries(
    Object.entries(webhookPayloads).map(([type, [payload, summary]]) => {
      const { $schema: _, ...described } = z.toJSONSchema(payload);
      const schema: object = described; // two libraries have two types of what is one standard
      const content = { "application/json": { schema } };
      const requestBody = { required: true, content };
      // No key comes with it: the signature says from whom it is.
      return [
        type,
        { post: { summary, tags: ["webhook endpoints"], security: [], parameters, requestBody, responses } },
      ];
    }),
  );
}
