import type { FastifyInstance } from "fastify";
import { answerRequest } from "../gmail/answer-request.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { sendAnswer } from "./send-answer.ts";

/** Gmail's own paths; which endpoint one is, answerRequest finds out, for single calls and parts alike. */
export function addGmailRoutes(app: FastifyInstance, state: SimulatorState): void {
  app.all("/gmail/v1/*", async (request, reply) => {
    const { answer, effect } = await answerRequest(state, {
      method: request.method,
      url: request.url,
      authorization: request.headers.authorization,
      body: request.body,
      inBatch: false,
    });
    return sendAnswer(reply, answer, effect);
  });
}
