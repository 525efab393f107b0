import { setTimeout as sleep } from "node:timers/promises";
import fastify, { type FastifyInstance } from "fastify";
import { addControlRoutes } from "../control/control-routes.ts";
import { badRequest, notFound } from "../gmail/answer.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { addBatchRoutes } from "./batch-routes.ts";
import { addConsentRoutes } from "./consent-routes.ts";
import { addGmailRoutes } from "./gmail-routes.ts";
import { sendAnswer } from "./send-answer.ts";
import { addTokenRoutes } from "./token-routes.ts";

/** The HTTP application of one simulator; does not listen. */
export function buildApp(state: SimulatorState): FastifyInstance {
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: PATH_PARAMETER_MAX },
    http: { maxHeaderSize: HEADER_BYTES_MAX },
  });
  countConnections(app, state);
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_, body, done) => {
    try {
      done(null, body === "" ? null : JSON.parse(String(body)));
    } catch (cause) {
      done(Object.assign(new Error("the body is no JSON", { cause }), { statusCode: 400 }));
    }
  });
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_, body, done) =>
    done(null, new URLSearchParams(String(body))),
  );
  app.addContentTypeParser(/^multipart\//i, { parseAs: "buffer" }, (_, body, done) => done(null, body));
  if (state.latencyMs > 0) {
    app.addHook("preHandler", async (request) => {
      if (!request.url.startsWith("/control")) await sleep(state.latencyMs, undefined, { ref: false });
    });
  }
  app.setNotFoundHandler((_, reply) => sendAnswer(reply, notFound(), null));
  app.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
    if ((error.statusCode ?? 500) < 500)
      return sendAnswer(reply, badRequest(error.message, "badRequest"), null);
    process.stderr.write(`${error.stack ?? error.message}\n`);
    return sendAnswer(
      reply,
      { status: 500, body: JSON.stringify({ error: { code: 500, message: error.message } }) },
      null,
    );
  });
  addGmailRoutes(app, state);
  addBatchRoutes(app, state);
  addTokenRoutes(app, state);
  addConsentRoutes(app, state);
  addControlRoutes(app, state);
  return app;
}

/** Counts connections that carry calls of the API: a client that keeps them alive needs few. */
function countConnections(app: FastifyInstance, state: SimulatorState): void {
  const seen = new WeakSet<object>();
  app.addHook("onRequest", async ({ raw }) => {
    if (raw.url?.startsWith("/control") || seen.has(raw.socket)) return;
    seen.add(raw.socket);
    state.counters.connections++;
  });
}

/** A batch of a hundred calls is small; only the control API takes more. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;
/** Attachment ids are long. */
const PATH_PARAMETER_MAX = 2_000;
const HEADER_BYTES_MAX = 64 * 1024;
