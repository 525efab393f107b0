import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { context, diag, propagation, trace } from "@opentelemetry/api";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { silentLogger } from "../testing/silent-logger.ts";
import { holdLeavesWith } from "./held-leaves.ts";
import { registerTracing } from "./register-tracing.ts";
import { telemetryEnv } from "./telemetry-env.ts";

const answerMs = 20;
const batchMax = 512;

let receiver: Server;
let posts: number;

beforeEach(async () => {
  posts = 0;
  receiver = createServer((request, response) => {
    request.resume().on("end", () => {
      posts++;
      void sleep(answerMs).then(() => response.end());
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  receiver.closeAllConnections();
  receiver.close();
});
afterAll(() => {
  holdLeavesWith(() => {});
  for (const registered of [trace, context, propagation, diag]) registered.disable();
});

it("what waits at the end is sent, also when it is more than one batch", async () => {
  const { port } = receiver.address() as AddressInfo;
  const config = z.object(telemetryEnv).parse({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_BSP_SCHEDULE_DELAY: 60_000,
  });
  const tracing = registerTracing({ name: "fetcher", config, log: silentLogger });
  const tracer = trace.getTracer("test");
  for (let n = 0; n < 3 * batchMax - 10; n++) tracer.startSpan("work").end();
  await tracing.stop();
  expect(posts).toBe(3);
});
