import { randomBytes } from "node:crypto";
import { type ServerResponse, STATUS_CODES } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { preciseNowMs } from "../call-counters.ts";
import { faultAnswer } from "../faults/fault-answer.ts";
import type { FaultEffect } from "../faults/fault-rule.ts";
import { badRequest } from "../gmail/answer.ts";
import { answerRequest, type FaultedAnswer } from "../gmail/answer-request.ts";
import { shuffled } from "../random.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { type BatchPart, readBatch } from "./read-batch.ts";
import { bytesOf, resetConnection, sendAnswer } from "./send-answer.ts";

/** https://developers.google.com/gmail/api/guides/batch */
const PARTS_MAX = 100;

/**
 * POST /batch/gmail/v1: every part is charged, answered and may fail on its own; the answers come in another
 * order than the parts, as Google warns. Written part by part with back-pressure.
 */
export function addBatchRoutes(app: FastifyInstance, state: SimulatorState): void {
  app.post("/batch/gmail/v1", (request, reply) => answerBatch(state, request, reply));
  app.post("/batch", (request, reply) => answerBatch(state, request, reply));
}

async function answerBatch(
  state: SimulatorState,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const firstAtMs = preciseNowMs();
  const authorization = request.headers.authorization;
  const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
  const email = state.tokens.emailOf(token, state.now());
  const effect = state.faults.decide({ endpoint: "batch", email, messageId: null, inBatch: false });
  const count = (status: number): void =>
    state.counters.add({ endpoint: "batch", email, status, inBatch: false, units: 0, firstAtMs });
  if (effect?.kind === "latency" || effect?.kind === "hang")
    await sleep(effect.ms, undefined, { ref: false });
  if (effect?.kind === "expiredToken") state.tokens.expire(token);
  if (effect?.kind === "reset") {
    count(0);
    return resetConnection(reply);
  }
  const faulted = effect === null ? null : faultAnswer(effect, false, state.now());
  const parts = readBatch(request.headers["content-type"] ?? "", request.body);
  const refused = faulted ?? refuse(parts);
  if (refused !== null) {
    count(refused.status);
    return sendAnswer(reply, refused, effect);
  }
  count(200);
  reply.hijack();
  await writeBatch(state, parts ?? [], authorization, reply.raw, effect);
  return reply;
}

function refuse(parts: readonly BatchPart[] | null) {
  if (parts === null || parts.length === 0) return badRequest("Failed to parse batch request", "badRequest");
  if (parts.length <= PARTS_MAX) return null;
  return badRequest(
    `The batch request has ${parts.length} calls; at most ${PARTS_MAX} are allowed.`,
    "badRequest",
  );
}

async function writeBatch(
  state: SimulatorState,
  parts: readonly BatchPart[],
  authorization: string | undefined,
  raw: ServerResponse,
  effect: FaultEffect | null,
): Promise<void> {
  const boundary = `batch_${randomBytes(24).toString("base64url")}`;
  raw.writeHead(200, {
    "content-type": `multipart/mixed; boundary=${boundary}`,
    vary: "Origin, X-Origin, Referer",
  });
  let left = effect?.kind === "truncate" ? Math.floor(parts.length / 2) : Number.POSITIVE_INFINITY;
  for (const { part, answering } of startParts(state, shuffled(parts, state.random), authorization)) {
    const { answer, effect: partEffect } = await answering();
    if (raw.destroyed) return;
    const bytes = writePart(boundary, part, answer);
    if (partEffect?.kind === "reset") return void raw.socket?.resetAndDestroy();
    const isCut = partEffect?.kind === "truncate" || left <= 0;
    if (isCut) return await cut(raw, bytes, partEffect ?? effect);
    if (partEffect?.kind === "dropPart") continue;
    if (!raw.write(bytes)) await drained(raw);
    left--;
  }
  raw.end(`--${boundary}--\r\n`);
}

/** One by one, or all at the same time when calls of one user at the same time are limited. */
function startParts(state: SimulatorState, parts: readonly BatchPart[], authorization: string | undefined) {
  const start = (part: BatchPart): Promise<FaultedAnswer> =>
    answerRequest(state, {
      method: part.method,
      url: part.url,
      authorization: part.authorization ?? authorization,
      body: part.body,
      inBatch: true,
    });
  if (state.concurrentCallsUser === Number.POSITIVE_INFINITY)
    return parts.map((part) => ({ part, answering: () => start(part) }));
  return parts.map((part) => {
    const answer = start(part);
    return { part, answering: () => answer };
  });
}

function writePart(boundary: string, part: BatchPart, answer: FaultedAnswer["answer"]): Buffer {
  const extra = Object.entries(answer.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);
  const head =
    `--${boundary}\r\nContent-Type: application/http\r\nContent-ID: ${responseId(part.contentId)}\r\n\r\n` +
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ""}\r\n` +
    `Content-Type: application/json; charset=UTF-8\r\nVary: Origin\r\nVary: X-Origin\r\nVary: Referer\r\n` +
    `${extra.join("")}\r\n`;
  return Buffer.concat([Buffer.from(head), bytesOf(answer.body), Buffer.from("\r\n")]);
}

/** `<item>` is answered as `<response-item>`. */
function responseId(contentId: string): string {
  return contentId.startsWith("<") ? `<response-${contentId.slice(1)}` : `response-${contentId}`;
}

async function cut(raw: ServerResponse, bytes: Buffer, effect: FaultEffect | null): Promise<void> {
  raw.write(bytes.subarray(0, Math.floor(bytes.length / 2)));
  if (effect?.kind === "truncate" && effect.endsCleanly) {
    raw.end();
    return;
  }
  await sleep(CUT_PAUSE_MS);
  raw.destroy();
}

async function drained(raw: ServerResponse): Promise<void> {
  if (raw.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      raw.off("drain", done);
      raw.off("close", done);
      resolve();
    };
    raw.on("drain", done);
    raw.on("close", done);
  });
}

const CUT_PAUSE_MS = 20;
