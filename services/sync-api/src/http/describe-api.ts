import swagger from "@fastify/swagger";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Api } from "../api.ts";
import { describeWebhooks } from "../webhook-delivery/describe-webhooks.ts";
import { serveReference } from "./serve-reference.ts";

const description = `Millrace keeps a copy of people's mailboxes and can prove that it is complete.

Connect a mailbox (\`POST /v1/connect-links\`, or \`POST /v1/accounts\` with a refresh token), ask for a sync (\`POST
/v1/syncs\`), watch it (\`GET /v1/syncs/{id}/stream\`), read the mail (\`GET /v1/accounts/{id}/messages\`). Every route
under \`/v1\` takes an API key of one tenant, with the scope \`read\` for what only reads, \`write\` for what changes
something, \`admin\` for keys and settings; those of \`/v1/tenants\` an operator's. Pages in a browser hold a token of
\`POST /v1/browser-tokens\`. Errors are problem details (RFC 9457); their \`code\` says what happened.`;

/** Describes what is registered after it: `/openapi.json`, and a page to read it at `/docs`. */
export async function describeApi(app: Api): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Millrace", version: "0.1.0", description },
      tags: [
        { name: "tenants", description: "Whose mailboxes these are" },
        { name: "keys", description: "What callers show of themselves, and what was done with it" },
        { name: "overview", description: "How things are, and were" },
        { name: "accounts", description: "Connected mailboxes" },
        { name: "syncs", description: "Runs over an account, their progress and their proof" },
        { name: "dead letters", description: "Messages that were set aside, to be looked at and redriven" },
        { name: "messages", description: "The mail" },
        { name: "events", description: "What happened" },
        { name: "webhooks", description: "What others tell us" },
        { name: "webhook endpoints", description: "Whom we tell, and of what" },
        { name: "health", description: "For supervisors" },
      ],
      components: {
        securitySchemes: {
          apiKey: { type: "http", scheme: "bearer", description: "mr_…" },
          pushToken: {
            type: "http",
            scheme: "bearer",
            bearerFormat: "JWT",
            description: "Google's, from Pub/Sub",
          },
        },
      },
      security: [{ apiKey: [] }],
      webhooks: describeWebhooks(),
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => withoutUnused(jsonSchemaTransformObject(document)),
  });
  app.get(
    "/openapi.json",
    {
      schema: {
        summary: "This description",
        tags: ["health"],
        security: [],
        response: { 200: z.looseObject({}) },
      },
    },
    async () => app.swagger() as Record<string, unknown>,
  );
  serveReference(app);
}

/** Every named schema comes in two forms, for requests and for answers; the reader sees those that are used. */
function withoutUnused(document: ReturnType<typeof jsonSchemaTransformObject>): typeof document {
  const schemas =
    (document as { components?: { schemas?: Record<string, unknown> } }).components?.schemas ?? {};
  const isUsed = (name: string): boolean =>
    JSON.stringify(document).includes(`"#/components/schemas/${name}"`);
  // What only an unused one has named is unused after it.
  for (let unused = [""]; unused.length > 0; ) {
    unused = Object.keys(schemas).filter((name) => !isUsed(name));
    for (const name of unused) delete schemas[name];
  }
  return document;
}
