import { lookup } from "node:dns/promises";
import { simulatorEnv } from "../start/demo-simulator.ts";

type Env = NodeJS.ProcessEnv;

/**
 * The environment of a service in compose.yaml: what a profile brings is used where nothing else is named. Without
 * credentials of Google's the simulator takes Google's place; a collector that is there gets the traces.
 *
 * DEMO_SIMULATOR_URL is where services find the simulator, DEMO_SIMULATOR_BROWSER_URL where browsers do, DEMO_QUOTAS its price list;
 * OPTIONAL_COLLECTOR_URL takes OTLP over HTTP.
 */
export async function serviceEnv(env: Env): Promise<Env> {
  return { ...env, ...demoEnv(env), ...(await collectorEnv(env)) };
}

function demoEnv(env: Env): Env {
  const url = env.DEMO_SIMULATOR_URL;
  if (!url || env.GOOGLE_CLIENT_ID) return {};
  const browserUrl = env.DEMO_SIMULATOR_BROWSER_URL || url;
  return {
    ...simulatorEnv(url, env.DEMO_QUOTAS || "off"),
    GOOGLE_AUTH_URL: simulatorEnv(browserUrl, "").GOOGLE_AUTH_URL,
    // They are the simulator's, whatever stands there for Google's.
    GOOGLE_CLIENT_SECRET_FILE: "",
  };
}

async function collectorEnv(env: Env): Promise<Env> {
  const url = env.OPTIONAL_COLLECTOR_URL;
  if (!url || env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_TRACES_EXPORTER) return {};
  const isThere = await lookup(new URL(url).hostname).then(
    () => true,
    () => false,
  );
  return isThere ? { OTEL_TRACES_EXPORTER: "otlp", OTEL_EXPORTER_OTLP_ENDPOINT: url } : {};
}
