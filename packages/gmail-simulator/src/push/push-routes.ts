import type { FastifyInstance } from "fastify";
import { ControlError, parseBody } from "../control/control-request.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { manualPushSchema, pushConfigSchema } from "./push-config.ts";

/** Everything under /control/push: where notifications go, with which keys, and what became of them. */
export function addPushRoutes(app: FastifyInstance, state: SimulatorState): void {
  const { push } = state;
  app.put("/push", async (request) => {
    push.configure(parseBody(pushConfigSchema, request));
    return { push: push.current };
  });
  app.get("/push", async () => ({ push: push.current }));
  app.delete("/push", async (_, reply) => {
    push.configure(null);
    return reply.code(204).send();
  });
  app.get("/push/jwks", async () => push.signer.jwks());
  app.post("/push/keys/rotate", async () => ({ kid: push.signer.rotate() }));
  app.get("/push/deliveries", async () => ({ deliveries: push.deliveries() }));
  app.post("/push/send", async (request, reply) => {
    const { email, historyId, messageId, count } = parseBody(manualPushSchema, request);
    if (push.current === null) throw new ControlError(409, "no push is configured: PUT /control/push first");
    const newest = state.findMailbox(email)?.history.current ?? 1n;
    for (let n = 0; n < count; n++) push.send(email, historyId ?? String(newest), messageId);
    return reply.code(202).send({ sent: count });
  });
}
