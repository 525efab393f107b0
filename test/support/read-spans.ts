import protobuf from "protobufjs";

export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly kind: (typeof kinds)[number];
  readonly traceId: string;
  readonly spanId: string;
  /** "" at a root. */
  readonly parentSpanId: string;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly hasFailed: boolean;
  readonly durationMs: number;
}

/** The spans of one export of OTLP over HTTP, in protobuf. */
export function readSpans(body: Buffer): ReceivedSpan[] {
  const decoded = exportType.toObject(exportType.decode(body), {
    longs: String,
    defaults: true,
  }) as WireExport;
  return decoded.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(attributesOf(resource.attributes)["service.name"]);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => readSpan(span, service)));
  });
}

/** What is read here of an export; fields that nobody looks at are passed over. */
const exportType = protobuf
  .parse(
    `syntax = "proto3";
    message Export { repeated ResourceSpans resource_spans = 1; }
    message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
    message Resource { repeated KeyValue attributes = 1; }
    message ScopeSpans { repeated Span spans = 2; }
    message KeyValue { string key = 1; AnyValue value = 2; }
    message AnyValue {
      oneof value { string text = 1; bool truth = 2; int64 whole = 3; double number = 4; ArrayValue list = 5; }
    }
    message ArrayValue { repeated AnyValue values = 1; }
    message Span {
      bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
      fixed64 start = 7; fixed64 end = 8; repeated KeyValue attributes = 9; repeated Link links = 13; Status status = 15;
    }
    message Link { bytes trace_id = 1; bytes span_id = 2; }
    message Status { string message = 2; int32 code = 3; }`,
  )
  .root.lookupType("Export");

interface WireValue {
  readonly text?: string;
  readonly truth?: boolean;
  readonly whole?: string;
  readonly number?: number;
  readonly list?: { readonly values: readonly WireValue[] };
}
type WireAttributes = readonly { readonly key: string; readonly value: WireValue }[];
interface WireIds {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
}
interface WireSpan extends WireIds {
  readonly parentSpanId: Buffer;
  readonly name: string;
  readonly kind: number;
  readonly start: string;
  readonly end: string;
  readonly attributes: WireAttributes;
  readonly links: readonly WireIds[];
  readonly status: { readonly code: number; readonly message: string } | null;
}
interface WireExport {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: WireAttributes };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

const kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;

function readSpan(span: WireSpan, service: string): ReceivedSpan {
  return {
    service,
    name: span.name,
    kind: kinds[span.kind] ?? "unspecified",
    ...idsOf(span),
    parentSpanId: hex(span.parentSpanId),
    links: span.links.map(idsOf),
    attributes: attributesOf(span.attributes),
    hasFailed: span.status?.code === 2,
    durationMs: Number(BigInt(span.end) - BigInt(span.start)) / 1e6,
  };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const idsOf = ({ traceId, spanId }: WireIds) => ({ traceId: hex(traceId), spanId: hex(spanId) });
const attributesOf = (attributes: WireAttributes): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, plainOf(value)]));

function plainOf(value: WireValue): unknown {
  if (value.list) return value.list.values.map(plainOf);
  if (value.whole !== undefined) return Number(value.whole);
  return value.text ?? value.truth ?? value.number;
}
