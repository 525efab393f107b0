import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ByteBudget } from "../byte-budget.ts";
import { type BatchPartAnswer, sendBatch } from "./batch-request.ts";
import type { HttpTransport } from "./http-transport.ts";

const mebibyte = 1024 ** 2;
const chunkBytes = 64 * 1024;

/** Answers every batch with parts of these sizes. */
function answering(sizes: readonly number[]): HttpTransport {
  const part = (size: number, index: number) =>
    `--b\r\nContent-ID: <response-item-${index}>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n${"x".repeat(size)}\r\n`;
  const body = Buffer.from(`${sizes.map(part).join("")}--b--\r\n`);
  async function* chunks() {
    for (let at = 0; at < body.length; at += chunkBytes) yield body.subarray(at, at + chunkBytes);
  }
  const send = async () => ({
    status: 200,
    contentType: "multipart/mixed; boundary=b",
    retryAfter: null,
    chunks: chunks(),
  });
  return { send } as unknown as HttpTransport;
}

/** The lengths of the parts, as they are asked for. */
async function lengths(budget: ByteBudget, sizes: readonly number[]): Promise<AsyncIterator<number>> {
  const batch = await sendBatch(answering(sizes), {
    url: "http://gmail.test/batch",
    headers: {},
    paths: sizes.map((_, index) => `/${index}`),
    budget,
    read: (part: BatchPartAnswer) => part.body.length,
  });
  if (batch.kind === "refused") throw new Error("The batch was refused.");
  return batch.parts[Symbol.asyncIterator]();
}

const comes = (next: Promise<unknown>): Promise<boolean> =>
  Promise.race([next.then(() => true), sleep(50).then(() => false)]);

describe("a batch with long parts", () => {
  it("waits for room that the long part of another batch takes, until its reader is done with that", async () => {
    const budget = new ByteBudget(4 * mebibyte);
    const [first, second] = [
      await lengths(budget, [3 * mebibyte, 10]),
      await lengths(budget, [3 * mebibyte, 10]),
    ];
    expect((await first.next()).value).toBe(3 * mebibyte);
    const waiting = second.next();
    expect(await comes(waiting)).toBe(false);
    expect((await first.next()).value).toBe(10);
    expect((await waiting).value).toBe(3 * mebibyte);
  });

  it("goes on when the other is given up", async () => {
    const budget = new ByteBudget(4 * mebibyte);
    const [first, second] = [
      await lengths(budget, [3 * mebibyte, 10]),
      await lengths(budget, [3 * mebibyte]),
    ];
    await first.next();
    const waiting = second.next();
    await first.return?.();
    expect((await waiting).value).toBe(3 * mebibyte);
  });

  it("does not hold up ordinary mail", async () => {
    const budget = new ByteBudget(4 * mebibyte);
    const [first, second] = [
      await lengths(budget, [20 * mebibyte]),
      await lengths(budget, [mebibyte / 2, 10]),
    ];
    await first.next();
    expect((await second.next()).value).toBe(mebibyte / 2);
    expect((await second.next()).value).toBe(10);
  });
});
