import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import type { Api } from "../api.ts";
import { pageHeaders } from "./page-headers.ts";

export interface DashboardFiles {
  /** Where `npm run dashboard` has put what it built. */
  readonly folder: string;
  /** Where traces are looked at, with `{traceId}` in it; null: nowhere. */
  readonly traceUrl: string | null;
}

const screens = ["syncs", "accounts", "dead-letters", "mail", "tenants", "retention"] as const;
const pages = ["/", ...screens.flatMap((screen) => [`/${screen}`, `/${screen}/*`])];
/** Files are named after their content, so a name never means anything else. */
const immutable = "public, max-age=31536000, immutable";

const missing = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Millrace</title><body>
<h1>The dashboard is not built</h1>
<p>Run <code>npm run dashboard</code> in the checkout, then start sync-api anew. <code>npm start</code> does both.</p>
<p>The API itself is served; its reference is at <a href="/docs">/docs</a>.</p></body></html>`;

/** The dashboard at `/`: one page for all of its screens, and the files that it loads. */
export async function serveDashboard(app: Api, { folder, traceUrl }: DashboardFiles): Promise<void> {
  const isBuilt = existsSync(join(folder, "index.html"));
  app.addHook("onRequest", async (_request, reply) => {
    reply.headers(pageHeaders);
  });
  if (isBuilt) {
    await app.register(fastifyStatic, {
      root: folder,
      prefix: "/dashboard/",
      preCompressed: true,
      cacheControl: false,
      index: false,
      schemaHide: true,
      setHeaders: (reply, path) =>
        reply.header("cache-control", path.includes("index.html") ? "no-cache" : immutable),
    });
  }
  const showPage = (reply: FastifyReply): FastifyReply =>
    isBuilt
      ? reply.sendFile("index.html")
      : reply
          .code(503)
          .type("text/html; charset=utf-8")
          .serializer((page: unknown) => String(page))
          .send(missing);
  for (const url of pages)
    app.get(url, { schema: { hide: true } }, async (_request, reply) => showPage(reply));
  app.get(
    "/dashboard.json",
    { schema: { hide: true, response: { 200: z.object({ traceUrl: z.string().nullable() }) } } },
    async () => ({ traceUrl }),
  );
}
