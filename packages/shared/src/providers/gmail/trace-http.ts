import type { Attributes, Span } from "@opentelemetry/api";
import { beginSpan, failAs } from "../../telemetry/with-span.ts";

/**
 * Begins the span of one HTTP exchange, to be ended by who reads the answer to its end. Nothing of what is asked is told but
 * what kind of thing it is, and nothing is sent along: the provider is none of those who read our traces.
 *
 * https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
 */
export function beginExchange(method: string, url: string | URL, attributes: Attributes = {}): Span {
  const { hostname, port, protocol } = new URL(url);
  const template = urlTemplate(url);
  return beginSpan(`${method} ${template}`, {
    kind: "client",
    attributes: {
      "http.request.method": method,
      "url.template": template,
      "server.address": hostname,
      "server.port": Number(port || (protocol === "https:" ? 443 : 80)),
      ...attributes,
    },
  });
}

/** Notes the status; an error status has failed. */
export function noteStatus(span: Span, status: number): void {
  span.setAttribute("http.response.status_code", status);
  if (status >= 400) failAs(span, String(status));
}

/** The path of a call with the ids taken out, without the query. */
export function urlTemplate(url: string | URL): string {
  const segments = new URL(url).pathname.split("/");
  const users = segments.indexOf("users");
  if (users === -1) return segments.join("/");
  return segments
    .map((segment, at) => {
      if (at === users + 1) return "{userId}";
      return at > users && (at - users) % 2 === 1 ? "{id}" : segment;
    })
    .join("/");
}
