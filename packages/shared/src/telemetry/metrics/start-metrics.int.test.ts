import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { silentLogger } from "../../testing/silent-logger.ts";
import { counter } from "./counter.ts";
import { gauge } from "./gauge.ts";
import { histogram } from "./histogram.ts";
import { metricsEnv } from "./metrics-env.ts";
import { type RunningMetrics, startMetrics } from "./start-metrics.ts";

const config = z.object({ ...metricsEnv, OPS_PORT: z.number().optional() });
const common = { description: "A test's", from: "tests" };
const chunks = counter({
  ...common,
  name: "test.chunks",
  unit: "{chunk}",
  attributes: { "test.lane": ["live", "bulk"] },
});
const waits = histogram({ ...common, name: "test.wait", unit: "s", attributes: {}, buckets: [0.1, 1] });
const depth = gauge({ ...common, name: "test.depth", unit: "By", attributes: {} });

it("measures nothing, and does no harm, where nobody wants to know", async () => {
  chunks.add(1, { "test.lane": "live" });
  expect(await startMetrics("chunker", config.parse({}), silentLogger)).toBeNull();
});

describe("metrics that somebody wants", () => {
  let collector: Server;
  let running: RunningMetrics;
  const received: { readonly path: string; readonly type: string; readonly body: Buffer }[] = [];

  beforeAll(async () => {
    collector = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const type = String(request.headers["content-type"]);
      received.push({ path: request.url ?? "", type, body: Buffer.concat(parts) });
      response.writeHead(200, { "content-type": type }).end();
    });
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
    const { port } = collector.address() as AddressInfo;
    const started = await startMetrics(
      "chunker",
      config.parse({
        OPS_PORT: 0,
        OTEL_METRICS_EXPORTER: "otlp",
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
        OTEL_METRIC_EXPORT_INTERVAL: "1000",
      }),
      silentLogger,
    );
    running = started as RunningMetrics;
  });
  afterAll(() => {
    collector.closeAllConnections();
    collector.close();
  });

  it("stand in Prometheus' format, with their units, and known series from the start", async () => {
    const before = await running.scrape();
    expect(before).toContain('test_chunks_total{test_lane="bulk"} 0');
    chunks.add(3, { "test.lane": "bulk" });
    waits.record(0.5, {});
    const end = depth.observe(async () => [{ value: 7, attributes: {} }]);
    const text = await running.scrape();
    expect(text).toContain("# TYPE test_chunks_total counter");
    expect(text).toContain('test_chunks_total{test_lane="bulk"} 3');
    expect(text).toContain('test_wait_seconds_bucket{le="0.1"} 0');
    expect(text).toContain('test_wait_seconds_bucket{le="1"} 1');
    expect(text).toContain("test_depth_bytes 7");
    end();
    expect(await running.scrape()).not.toContain("test_depth_bytes 7");
  });

  it("reach a collector, under their own names, the last ones when the service stops", async () => {
    await expect.poll(() => received.length, { timeout: 10_000 }).toBeGreaterThan(0);
    chunks.add(1, { "test.lane": "live" });
    const before = received.length;
    await running.stop();
    expect(received.length).toBeGreaterThan(before);
    expect(received[0]).toMatchObject({ path: "/v1/metrics", type: "application/x-protobuf" });
    const text = received[0]?.body.toString("latin1") ?? "";
    for (const word of ["test.chunks", "test.lane", "service.name", "chunker"]) expect(text).toContain(word);
  });

  it("hold up no stop when the collector is away", async () => {
    const away = await startMetrics(
      "chunker",
      config.parse({ OTEL_METRICS_EXPORTER: "otlp", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" }),
      silentLogger,
    );
    const beganMs = performance.now();
    await away?.stop();
    expect(performance.now() - beganMs).toBeLessThan(4_000);
  });
});
