import type { FastifyReply } from "fastify";

/** Aborted when the client leaves before it has its answer: nobody needs to go on then. */
export function clientSignal(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) left.abort(new ClientLeftError("The client left."));
  });
  return left.signal;
}

export class ClientLeftError extends Error {
  readonly code = "client_left";
}
