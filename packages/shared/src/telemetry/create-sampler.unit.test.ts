import { ROOT_CONTEXT, type SpanContext, SpanKind, TraceFlags, trace } from "@opentelemetry/api";
import { SamplingDecision } from "@opentelemetry/sdk-trace";
import { describe, expect, it } from "vitest";
import { createSampler } from "./create-sampler.ts";
import type { SamplerName } from "./telemetry-env.ts";

const contextOf = (traceFlags: number): SpanContext => ({
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags,
  isRemote: true,
});
const sampled = contextOf(TraceFlags.SAMPLED);
const unsampled = contextOf(TraceFlags.NONE);

/** Trace ids of which every second one begins with a high number, as random ones do. */
const traceIds = Array.from({ length: 2_000 }, (_, at) => {
  const part = Math.floor((at * 2 ** 32) / 2_000);
  return `${part.toString(16).padStart(8, "0")}${"0".repeat(23)}1`;
});

interface Asked {
  readonly parent?: SpanContext;
  readonly links?: readonly SpanContext[];
  readonly traceId?: string;
}

function decide(
  name: SamplerName,
  ratio: number,
  { parent, links = [], traceId = traceIds[1_000] ?? "" }: Asked,
) {
  const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
  const linked = links.map((one) => ({ context: one }));
  const sampler = createSampler(name, ratio);
  return sampler.shouldSample(context, traceId, "span", SpanKind.INTERNAL, {}, linked).decision;
}

describe("a sampler", () => {
  it("by ratio takes that part of the traces that begin here", () => {
    const taken = traceIds.filter(
      (traceId) =>
        decide("parentbased_traceidratio", 0.1, { traceId }) === SamplingDecision.RECORD_AND_SAMPLED,
    );
    expect(taken.length / traceIds.length).toBeCloseTo(0.1, 2);
  });

  it.each(["always_off", "parentbased_always_off", "traceidratio", "parentbased_traceidratio"] as const)(
    "(%s) records what it does not take, so that it can be kept when it fails",
    (name) => {
      expect(decide(name, 0, {})).toBe(SamplingDecision.RECORD);
      expect(decide(name, 0, { parent: unsampled })).toBe(SamplingDecision.RECORD);
    },
  );

  it("that is based on parents decides as the parent was decided on, else as what the span follows from", () => {
    const name = "parentbased_traceidratio";
    const { RECORD, RECORD_AND_SAMPLED } = SamplingDecision;
    expect(decide(name, 0, { parent: sampled })).toBe(RECORD_AND_SAMPLED);
    expect(decide(name, 1, { parent: unsampled })).toBe(RECORD);
    expect(decide(name, 0, { links: [sampled] })).toBe(RECORD_AND_SAMPLED);
    expect(decide(name, 1, { links: [unsampled, sampled] })).toBe(RECORD);
    expect(decide(name, 1, { parent: unsampled, links: [sampled] })).toBe(RECORD);
  });

  it("that is not based on parents takes nobody's word", () => {
    expect(decide("traceidratio", 0, { parent: sampled, links: [sampled] })).toBe(SamplingDecision.RECORD);
    expect(decide("always_on", 0, { parent: unsampled })).toBe(SamplingDecision.RECORD_AND_SAMPLED);
  });
});
