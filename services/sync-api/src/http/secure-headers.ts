import helmet from "@fastify/helmet";
import type { Api } from "../api.ts";

/** Nothing that the API answers is a page: no script, no frame, no guessing of types, no cache. */
const answerPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";
/** The reference page runs the script that it is served with, and may speak to this server only. */
const pagePolicy =
  "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export const referencePath = "/docs";

/** Headers that every answer bears: helmet's, and a policy by what is answered. Which pages may read it: allow-browser.ts */
export async function secureHeaders(app: Api): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: false, // ours, by the answer
    // Whoever opens a link to connect a mailbox in a window of its own stays that window's opener.
    crossOriginOpenerPolicy: false,
    xFrameOptions: { action: "deny" },
  });
  app.addHook("onRequest", async (request, reply) => {
    const isPage = request.url === referencePath || request.url.startsWith(`${referencePath}/`);
    reply.headers({
      "x-request-id": request.id,
      "content-security-policy": isPage ? pagePolicy : answerPolicy,
      ...(isPage ? { "cross-origin-opener-policy": "same-origin" } : { "cache-control": "no-store" }),
    });
  });
}
