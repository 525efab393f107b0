import { z } from "zod";

const samplers = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

const httpUrl = z.url({ protocol: /^https?$/, error: "must be an http:// or https:// address" });

/** `a=1,b=2`, with what is special written as %20, as OpenTelemetry has it for headers and attributes. */
const pairs = z.string().transform((text, context): Readonly<Record<string, string>> => {
  try {
    const entries = text.split(",").filter((pair) => pair.trim() !== "");
    return Object.fromEntries(entries.map(readPair));
  } catch {
    context.addIssue({ code: "custom", message: "must be name=value pairs, separated by commas" });
    return z.NEVER;
  }
});

function readPair(pair: string): readonly [string, string] {
  const at = pair.indexOf("=");
  const name = pair.slice(0, at).trim();
  if (at < 1 || name === "") throw new Error("no name");
  return [name, decodeURIComponent(pair.slice(at + 1).trim())];
}

const milliseconds = (max: number) =>
  z.coerce.number("must be a number").int("must be a whole number").min(1).max(max);

/** The standard variables of OpenTelemetry, as far as they are about traces. */
export const telemetryEnv = {
  OTEL_SDK_DISABLED: z
    .stringbool("must be true or false")
    .default(false)
    .describe("`true`: no traces, whatever else is set"),
  OTEL_TRACES_EXPORTER: z
    .enum(["otlp", "none"])
    .optional()
    .describe(
      "`otlp` without an endpoint sends to http://127.0.0.1:4318; `none`, like `OTEL_SDK_DISABLED=true`, ends it",
    ),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl
    .optional()
    .describe("where traces and metrics go, http:// or https://; `/v1/traces` and `/v1/metrics` are added"),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl.optional().describe("where traces go, taken as it is"),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .literal("http/protobuf", "only http/protobuf is spoken here")
    .optional()
    .describe("how traces travel; there is one way"),
  OTEL_EXPORTER_OTLP_HEADERS: pairs.default({}).describe("`name=value,…`, for a receiver that wants a key"),
  OTEL_EXPORTER_OTLP_TIMEOUT: milliseconds(60_000)
    .default(10_000)
    .describe("how long an export may take, in milliseconds"),
  OTEL_TRACES_SAMPLER: z
    .enum(samplers)
    .default("parentbased_always_on")
    .describe(
      "which traces are kept: `parentbased_traceidratio` a part of them, each sync as a whole ([Traces and logs](#traces-and-logs))",
    ),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number("must be a number")
    .min(0)
    .max(1, "must be a part of 1, 0.1 for example")
    .default(1)
    .describe("the part of the traces that a `traceidratio` takes"),
  OTEL_BSP_SCHEDULE_DELAY: milliseconds(60_000)
    .default(5_000)
    .describe("how often spans are sent, in milliseconds"),
  OTEL_BSP_MAX_QUEUE_SIZE: milliseconds(65_536)
    .default(2_048)
    .describe("spans that may wait to be sent; those beyond are dropped"),
  OTEL_SERVICE_NAME: z
    .string()
    .optional()
    .describe("what the service is called there, instead of its own name"),
  OTEL_RESOURCE_ATTRIBUTES: pairs
    .default({})
    .describe(
      "`name=value,…`: what stands beside `service.name`, `service.namespace` (millrace) and `service.instance.id`",
    ),
} as const;

export type TelemetryConfig = z.output<z.ZodObject<typeof telemetryEnv>>;
export type SamplerName = (typeof samplers)[number];
