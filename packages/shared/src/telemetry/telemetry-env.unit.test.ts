import { expect, it } from "vitest";
import { z } from "zod";
import { parseConfig } from "../runtime/parse-config.ts";
import { telemetryEnv } from "./telemetry-env.ts";

const parse = (env: Readonly<Record<string, string>>) => parseConfig(z.object(telemetryEnv), env);

it("pairs are read as OpenTelemetry writes them", () => {
  const { OTEL_EXPORTER_OTLP_HEADERS: headers } = parse({
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Basic%20YTpi, x-scope = a=b,",
  });
  expect(headers).toEqual({ authorization: "Basic YTpi", "x-scope": "a=b" });
});

it.each([
  { OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" },
  { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" },
  { OTEL_TRACES_EXPORTER: "zipkin" },
  { OTEL_TRACES_SAMPLER: "jaeger_remote" },
  { OTEL_TRACES_SAMPLER_ARG: "10" },
  { OTEL_EXPORTER_OTLP_HEADERS: "MARKED" },
  { OTEL_RESOURCE_ATTRIBUTES: "a=%zz" },
])("%j is refused when the service starts, by its name and without its value", (env) => {
  const [[name, value] = ["", ""]] = Object.entries(env);
  expect(() => parse(env)).toThrow(name);
  if (value === "MARKED") expect(() => parse(env)).not.toThrow(value);
});
