import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { readContext } from "./carry-context.ts";
import { beginSpan, failAs } from "./with-span.ts";
import { shareLabels, type WorkLabels } from "./work-labels.ts";

/** A request that is answered piece by piece: what is called in between comes from somewhere else. */
export interface OpenRequest {
  /** Does a piece of the work as a part of the request. */
  within<T>(work: () => T): T;
  label(labels: WorkLabels): void;
  /** A second end changes nothing. @param status of the answer; null when nobody waited for it */
  end(status: number | null): void;
}

/**
 * Begins the span of a request that somebody outside has made, a part of his trace if he says so in `traceparent`.
 *
 * https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server
 *
 * @param route its template; null when there is none
 * @param header reads one header; "" when absent
 */
export function openRequest(
  method: string,
  route: string | null,
  header: (name: string) => string,
): OpenRequest {
  const cause = readContext(header);
  const parent = cause === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, cause);
  const routed = route === null ? {} : { "http.route": route };
  const attributes = { "http.request.method": method, ...routed };
  const span = beginSpan(route === null ? method : `${method} ${route}`, {
    kind: "server",
    parent,
    attributes,
  });
  const inside = trace.setSpan(ROOT_CONTEXT, span);
  const labels: WorkLabels = {};
  let isOver = false;
  return {
    within: (work) => shareLabels(labels, () => context.with(inside, work)),
    label(more) {
      Object.assign(labels, more);
      span.setAttributes({ ...more });
    },
    end(status) {
      if (isOver) return;
      isOver = true;
      if (status === null) failAs(span, "client_left");
      else span.setAttribute("http.response.status_code", status);
      if (status !== null && status >= 500) failAs(span, String(status));
      span.end();
    },
  };
}
