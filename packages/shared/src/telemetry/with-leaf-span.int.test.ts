import { context, ROOT_CONTEXT, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  InMemorySpanExporter,
  type Sampler,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createSampler } from "./create-sampler.ts";
import { FailureKeeper } from "./failure-keeper.ts";
import { holdLeavesWith } from "./held-leaves.ts";
import { withLeafSpan } from "./with-leaf-span.ts";
import { withSpan } from "./with-span.ts";
import { addLabels, withLabels } from "./work-labels.ts";

const exporter = new InMemorySpanExporter();
const keeper = new FailureKeeper(new SimpleSpanProcessor({ exporter }));
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const samplers = new Map([0, 1].map((part) => [part, createSampler("parentbased_traceidratio", part)]));
const sampler: Sampler = {
  shouldSample: (...asked) => (samplers.get(ratio) as Sampler).shouldSample(...asked),
};
trace.setGlobalTracerProvider(new TracerProvider({ sampler, spanProcessors: [keeper] }));
holdLeavesWith((parent, make) => keeper.holdLeaf(parent, make));
beforeEach(() => exporter.reset());
afterAll(() => {
  holdLeavesWith(() => {});
  trace.disable();
  context.disable();
});

let ratio = 0;
const traceWith = (part: number): void => {
  ratio = part;
};

const names = () => exporter.getFinishedSpans().map(({ name }) => name);
const spanOf = (name: string) => exporter.getFinishedSpans().find((span) => span.name === name);
const msOf = ([seconds, nanos]: readonly [number, number] = [0, 0]) => seconds * 1_000 + nanos / 1e6;
const outer = (work: () => Promise<unknown>) => withSpan("outer", { parent: ROOT_CONTEXT }, work);
const leaf = (name: string, work: () => Promise<unknown> = async () => {}) =>
  withLeafSpan(name, { kind: "client", attributes: { of: name } }, work);
const fails = async () => {
  throw new TypeError("no");
};

describe("in a trace that is not sampled", () => {
  it("what worked is forgotten", async () => {
    traceWith(0);
    await outer(() => leaf("statement"));
    expect(names()).toEqual([]);
  });

  it("what failed is kept with what came before and after it, each in its place", async () => {
    traceWith(0);
    const begun = Date.now();
    await outer(async () => {
      await leaf("before", () => new Promise((resolve) => setTimeout(resolve, 30)));
      await leaf("failed", fails).catch(() => {});
      await leaf("after");
    });
    expect(names()).toEqual(["before", "failed", "after", "outer"]);
    const before = spanOf("before");
    expect(before?.parentSpanContext?.spanId).toBe(spanOf("outer")?.spanContext().spanId);
    expect(before?.attributes).toEqual({ of: "before" });
    expect(msOf(before?.startTime)).toBeGreaterThanOrEqual(begun - 1);
    expect(msOf(before?.duration)).toBeGreaterThan(28);
    expect(msOf(before?.endTime)).toBeLessThanOrEqual(msOf(spanOf("failed")?.startTime));
    expect(spanOf("failed")?.status.code).toBe(SpanStatusCode.ERROR);
    expect(spanOf("failed")?.attributes["error.type"]).toBe("TypeError");
    expect(spanOf("after")?.status.code).toBe(SpanStatusCode.UNSET);
  });

  it("what is kept bears the labels that its work had then", async () => {
    traceWith(0);
    await withLabels({ "tenant.id": "acme" }, () =>
      outer(async () => {
        await leaf("before");
        addLabels({ "chunk.index": 7 });
        await leaf("failed", fails).catch(() => {});
      }),
    );
    expect(spanOf("before")?.attributes).toMatchObject({ "tenant.id": "acme", of: "before" });
    expect(spanOf("failed")?.attributes).toMatchObject({ "tenant.id": "acme", "chunk.index": 7 });
  });

  it("nothing is held of what ends after the outermost span", async () => {
    traceWith(0);
    let late: Promise<unknown> = Promise.resolve();
    await outer(async () => {
      late = leaf("late", () => new Promise((resolve) => setTimeout(resolve, 10)));
    });
    await late;
    await outer(() => leaf("failed", fails).catch(() => {}));
    expect(names()).toEqual(["failed", "outer"]);
  });
});

it("in a trace that is sampled it is a span like any other", async () => {
  traceWith(1);
  await outer(() => leaf("statement"));
  expect(names()).toEqual(["statement", "outer"]);
});

it("outside of a trace it is none", async () => {
  traceWith(1);
  await leaf("statement");
  expect(names()).toEqual([]);
});
