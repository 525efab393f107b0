import { type Context, ROOT_CONTEXT, type Span, SpanStatusCode, TraceFlags, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { describe, expect, it } from "vitest";
import { createSampler } from "./create-sampler.ts";
import { FailureKeeper, type KeeperLimits } from "./failure-keeper.ts";

function given(ratio: number, limits: KeeperLimits = { spansPerTraceMax: 3, spansMax: 5 }) {
  const exporter = new InMemorySpanExporter();
  const keeper = new FailureKeeper(new SimpleSpanProcessor({ exporter }), limits);
  const sampler = createSampler("parentbased_traceidratio", ratio);
  const tracer = new TracerProvider({ sampler, spanProcessors: [keeper] }).getTracer("test");
  const begin = (name: string, parent?: Span | Context): Span => {
    const isContext = parent !== undefined && "getValue" in parent;
    const context = isContext
      ? parent
      : parent === undefined
        ? ROOT_CONTEXT
        : trace.setSpan(ROOT_CONTEXT, parent);
    return tracer.startSpan(name, {}, context);
  };
  const fail = (span: Span): void => {
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  };
  const kept = () => exporter.getFinishedSpans().map(({ name }) => name);
  return { exporter, keeper, begin, fail, kept };
}

describe("what is not sampled", () => {
  it("is forgotten when nothing of it fails", () => {
    const { begin, kept } = given(0);
    const outer = begin("outer");
    begin("inner", outer).end();
    outer.end();
    expect(kept()).toEqual([]);
  });

  it("is kept whole when a part of it fails, as if it had been sampled", () => {
    const { begin, fail, kept, exporter } = given(0);
    const outer = begin("outer");
    begin("before", outer).end();
    const inner = begin("inner", outer);
    fail(begin("failed", inner));
    inner.end();
    begin("after", outer).end();
    outer.end();
    expect(kept()).toEqual(["before", "failed", "inner", "after", "outer"]);
    const flags = exporter.getFinishedSpans().map((span) => span.spanContext().traceFlags);
    expect(new Set(flags)).toEqual(new Set([TraceFlags.SAMPLED]));
    const [before, , , , last] = exporter.getFinishedSpans();
    expect(before?.parentSpanContext?.spanId).toBe(last?.spanContext().spanId);
  });

  it("is kept by the process in which it fails, from what came from outside on", () => {
    const { begin, fail, kept } = given(0);
    const remote = { ...begin("other process").spanContext(), isRemote: true };
    const [one, two] = [1, 2].map((n) => begin(`delivery ${n}`, trace.setSpanContext(ROOT_CONTEXT, remote)));
    begin("of the first", one).end();
    fail(begin("of the second", two));
    one?.end();
    two?.end();
    expect(kept()).toEqual(["of the second", "delivery 2"]);
  });

  it("is held up to a limit a trace", () => {
    const { begin, fail, kept, keeper } = given(0);
    const outer = begin("outer");
    for (let n = 0; n < 4; n++) begin(`a${n}`, outer).end();
    expect(keeper.lost).toBe(1);
    fail(outer);
    expect(kept()).toEqual(["a0", "a1", "a2", "outer"]);
  });

  it("is held up to a limit in all: what was held first makes room, as its work may never end", () => {
    const { begin, fail, kept, keeper } = given(0);
    const [endless, second] = [begin("endless"), begin("second")];
    for (let n = 0; n < 3; n++) begin(`a${n}`, endless).end();
    for (let n = 0; n < 3; n++) begin(`b${n}`, second).end();
    expect(keeper.lost).toBe(3);
    fail(second);
    expect(kept()).toEqual(["b0", "b1", "b2", "second"]);
    for (let n = 0; n < 3; n++) begin(`c${n}`, endless).end();
    const third = begin("third");
    for (let n = 0; n < 2; n++) begin(`d${n}`, third).end();
    expect(keeper.lost).toBe(3); // what was given back is room again
    third.end();
  });

  it("holds nothing of what ends after the outermost span", () => {
    const { begin, keeper } = given(0);
    for (let n = 0; n < 10; n++) {
      const outer = begin("outer");
      const late = begin("late", outer);
      outer.end();
      late.end();
    }
    expect(keeper.lost).toBe(0);
  });
});

it("what is sampled goes on as it comes", () => {
  const { begin, kept } = given(1);
  const outer = begin("outer");
  begin("inner", outer).end();
  expect(kept()).toEqual(["inner"]);
  outer.end();
  expect(kept()).toEqual(["inner", "outer"]);
});
