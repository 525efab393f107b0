import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyReply } from "fastify";
import type { FaultEffect } from "../faults/fault-rule.ts";
import type { Answer } from "../gmail/answer.ts";

/** Puts an answer on the wire, the way Google's servers label it, or breaks it as a fault says. */
export function sendAnswer(reply: FastifyReply, answer: Answer, effect: FaultEffect | null): FastifyReply {
  if (effect?.kind === "reset") return resetConnection(reply);
  const body = bytesOf(answer.body);
  const headers = { ...usualHeaders(answer), "content-length": String(body.length) };
  if (effect?.kind === "truncate") {
    const half = body.subarray(0, Math.floor(body.length / 2));
    if (effect.endsCleanly) return reply.code(answer.status).headers(usualHeaders(answer)).send(half);
    return cutConnection(reply, answer.status, headers, half);
  }
  return reply.code(answer.status).headers(headers).send(body);
}

export function bytesOf(body: string | Buffer): Buffer {
  return typeof body === "string" ? Buffer.from(body, "utf8") : body;
}

/** Ends the connection with a TCP reset: the client sees ECONNRESET. */
export function resetConnection(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.socket?.resetAndDestroy();
  return reply;
}

function usualHeaders(answer: Answer): Record<string, string> {
  if (answer.status === 204) return { ...answer.headers };
  return {
    "content-type": "application/json; charset=UTF-8",
    vary: "Origin, X-Origin, Referer",
    ...answer.headers,
  };
}

/** Promises a length, sends less, and closes. */
function cutConnection(
  reply: FastifyReply,
  status: number,
  headers: Record<string, string>,
  half: Buffer,
): FastifyReply {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(status, headers);
  // The pause lets the half arrive: a client should meet a cut body, not an early reset.
  raw.write(half, () => void sleep(CUT_PAUSE_MS).then(() => raw.destroy()));
  return reply;
}

const CUT_PAUSE_MS = 20;
