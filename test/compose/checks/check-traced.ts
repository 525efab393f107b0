import { waitFor } from "@millrace/infra/process/wait-for";
import { followingFrom } from "../../support/following-from.ts";
import { type ReceivedSpan, readSpans } from "../../support/read-spans.ts";
import type { ComposeStack } from "../compose-stack.ts";

/** Services that every sync passes; the janitor has a part only in those that something is wrong with. */
const services = ["sync-api", "chunker", "fetcher"];
const timeoutMs = 60_000;

interface Sync {
  readonly id: string;
  readonly traceId: string;
}

/** What the collector was sent connects the services: from the demo's request to the completion of its sync. */
export async function checkTraced(stack: ComposeStack): Promise<string> {
  const { items } = (await stack.api("/v1/syncs")) as { readonly items: readonly Sync[] };
  const sync = items.at(-1);
  if (sync === undefined) throw new Error("There is no sync.");
  // Each service sends what it has once in some seconds: who has told nothing yet may be about to.
  const found = await waitFor(
    async () => {
      const course = findCourse(await recordedSpans(stack), sync);
      return course !== undefined && silentIn(course).length === 0 ? course : undefined;
    },
    { timeoutMs, intervalMs: 2_000 },
  );
  if (found === undefined) throw new Error(whatIsMissing(await recordedSpans(stack), sync));
  return `${found.length} spans of ${services.length} services follow from the demo's request, to sync.completed`;
}

const silentIn = (course: readonly ReceivedSpan[]): readonly string[] =>
  services.filter((service) => !course.some((span) => span.service === service));

function whatIsMissing(spans: readonly ReceivedSpan[], sync: Sync): string {
  const course = findCourse(spans, sync);
  if (course !== undefined) return `No span of ${silentIn(course).join(", ")} in the traces of ${sync.id}`;
  const seen = new Set(spans.map(({ service, name }) => `${service} ${name}`));
  return `No trace leads to the completion of ${sync.id}. Seen: ${[...seen].join(", ")}`;
}

function findCourse(spans: readonly ReceivedSpan[], sync: Sync): readonly ReceivedSpan[] | undefined {
  const request = spans.find(
    ({ name, attributes }) => name === "POST /v1/syncs" && attributes["sync.id"] === sync.id,
  );
  if (request === undefined) return undefined;
  const course = [...followingFrom(spans, request)];
  const isCompletion = ({ attributes }: ReceivedSpan) => attributes["millrace.fact"] === "sync.completed";
  const isInTable = spans.some(({ name, traceId }) => name === "sync.completed" && traceId === sync.traceId);
  return course.some(isCompletion) && isInTable ? course : undefined;
}

async function recordedSpans(stack: ComposeStack): Promise<ReceivedSpan[]> {
  const collector = (await stack.containers()).find(({ service }) => service === "otel-collector");
  if (collector === undefined) throw new Error("There is no collector.");
  const text = (await stack.inside(collector.id, ["base64", "--wrap=0", "/recorded/exports"])) ?? "";
  const recorded = Buffer.from(text, "base64");
  const spans: ReceivedSpan[] = [];
  for (let at = 0; at < recorded.length; ) {
    const length = recorded.readUInt32BE(at);
    spans.push(...readSpans(recorded.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return spans;
}
