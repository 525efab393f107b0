import type { AddressInfo } from "node:net";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem } from "../http/problem.ts";
import { isLoopback } from "./return-url.ts";

/** Where the provider sends browsers back to; registered with it, under the public origin. */
export const callbackPath = "/v1/oauth/google/callback";
export const startPath = "/v1/oauth/google/start";

/**
 * Under which origin browsers reach this API: as configured, else where it listens, when that is this machine alone. Never
 * what a request says of itself.
 *
 * @throws {ApiProblem} connect_not_configured
 */
export function publicOrigin(app: Api, { publicUrl }: Pick<ApiPorts, "publicUrl">): string {
  if (publicUrl !== null) return new URL(publicUrl).origin;
  const address = app.server.address();
  if (typeof address === "object" && address !== null) {
    const url = urlOfAddress(address);
    if (isLoopback(new URL(url).hostname)) return url;
  }
  throw new ApiProblem(
    "connect_not_configured",
    "Set PUBLIC_URL to the origin under which browsers reach this API, https://millrace.example.com for example.",
  );
}

export function urlOfAddress({ address, family, port }: AddressInfo): string {
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}
