import {
  type Attributes,
  type Context,
  type Link,
  type SpanKind,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  createAlwaysRecordSampler,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  type SamplingResult,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace";
import type { SamplerName } from "./telemetry-env.ts";

/**
 * The sampler of a configuration. The `parentbased_…` ones take links for parents where there is no parent: of a sync all
 * traces are sampled or none, as its request was. What is not sampled is recorded all the same, so that it can be kept when
 * it fails.
 *
 * @param ratio of `…traceidratio`: the part of traces that is sampled, 0 to 1
 */
export function createSampler(name: SamplerName, ratio: number): Sampler {
  const root = rootOf(name.replace("parentbased_", "") as RootName, ratio);
  if (!name.startsWith("parentbased_")) return createAlwaysRecordSampler(root);
  return createAlwaysRecordSampler(new FollowingSampler(new ParentBasedSampler({ root })));
}

type RootName = "always_on" | "always_off" | "traceidratio";

function rootOf(name: RootName, ratio: number): Sampler {
  switch (name) {
    case "always_on":
      return new AlwaysOnSampler();
    case "always_off":
      return new AlwaysOffSampler();
    case "traceidratio":
      return new TraceIdRatioBasedSampler(ratio);
  }
}

class FollowingSampler implements Sampler {
  readonly #parentBased: Sampler;

  constructor(parentBased: Sampler) {
    this.#parentBased = parentBased;
  }

  shouldSample(
    parent: Context,
    traceId: string,
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult {
    const followed = trace.getSpanContext(parent) === undefined ? links[0]?.context : undefined;
    if (followed === undefined)
      return this.#parentBased.shouldSample(parent, traceId, name, kind, attributes, links);
    const isSampled = (followed.traceFlags & TraceFlags.SAMPLED) !== 0;
    return { decision: isSampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
  }

  toString(): string {
    return `Following{${this.#parentBased}}`;
  }
}
