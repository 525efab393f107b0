import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { heapFlags } from "./heap-flags.ts";
import { startNodeService } from "./start-node-service.ts";

const mebibyte = 1024 ** 2;
/** What V8 counts beside the old space: the young generation, three semi spaces of it, and a little more. */
const besideMebibytes = 32;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-heap-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the heap of a service", () => {
  it.each([
    ["sync-api", 128],
    ["chunker", 128],
    ["janitor", 128],
    ["fetcher", 512],
  ] as const)("%s is limited when it is started by us", async (service, mebibytes) => {
    const entry = join(folder, "limit.mjs");
    writeFileSync(
      entry,
      `import { getHeapStatistics } from "node:v8";
      console.log(JSON.stringify({ event: "ready", limit: getHeapStatistics().heap_size_limit }));
      setTimeout(() => {}, 60_000);`,
    );
    const { process, ready } = await startNodeService({
      name: service,
      entry,
      nodeArgs: heapFlags(service),
      env: {},
      logFile: join(folder, `${service}.log`),
      readyEvent: "ready",
    });
    await process.stop("SIGTERM", 1_000);
    const limit = Number(ready.limit) / mebibyte;
    expect(limit).toBeGreaterThanOrEqual(mebibytes);
    expect(limit).toBeLessThan(mebibytes + besideMebibytes);
  });
});
