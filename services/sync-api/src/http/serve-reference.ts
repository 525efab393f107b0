import Fastify, { type FastifyInstance } from "fastify";
import type { Api } from "../api.ts";
import { referencePath } from "./secure-headers.ts";

const urls = [referencePath, `${referencePath}/`, `${referencePath}/js/scalar.js`];

/**
 * The page to read `/openapi.json` at. What renders it takes 30 MiB, so it is loaded when somebody asks for the page. Nothing
 * can be added to a server by then: one of its own, which listens nowhere, answers behind this one.
 */
export function serveReference(app: Api): void {
  let opened: Promise<FastifyInstance> | null = null;
  for (const url of urls) {
    app.get(url, { schema: { hide: true } }, async (_request, reply) => {
      opened ??= openReference();
      const { statusCode, headers, rawPayload } = await (await opened).inject({ url });
      const { "content-type": contentType, location } = headers;
      if (contentType !== undefined) reply.header("content-type", contentType);
      if (location !== undefined) reply.header("location", location);
      return reply.code(statusCode).send(rawPayload);
    });
  }
}

async function openReference(): Promise<FastifyInstance> {
  const { default: reference } = await import("@scalar/fastify-api-reference");
  const server = Fastify();
  await server.register(reference, {
    routePrefix: referencePath,
    // The page is whole in itself: it asks no other server for scripts, fonts or a proxy.
    configuration: {
      url: "/openapi.json",
      pageTitle: "Millrace API",
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
    },
  });
  return server;
}
