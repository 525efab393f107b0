import fc, { type Arbitrary } from "fast-check";
import type { Route } from "./describe-routes.ts";
import { type KnownIds, returnUrl } from "./fill-tenant.ts";
import { hostileText, type Schemas, valuesOf } from "./schema-values.ts";
import { type Body, rightBodies, wrongBodies } from "./wrong-bodies.ts";

/** Who asks. */
export const callers = ["tenant", "other tenant", "operator", "browser", "nobody", "wrong key"] as const;
export type CallerName = (typeof callers)[number];

export interface FuzzRequest {
  readonly route: Route;
  /** With its query. */
  readonly url: string;
  readonly caller: CallerName;
  readonly body: Body | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RequestWorld {
  readonly routes: readonly Route[];
  readonly schemas: Schemas;
  readonly own: KnownIds;
  readonly others: KnownIds;
}

const callersOf: Arbitrary<CallerName> = fc.oneof(
  { arbitrary: fc.constant<CallerName>("tenant"), weight: 12 },
  ...callers.slice(1).map((name) => ({ arbitrary: fc.constant(name), weight: 1 })),
);

/** Requests as the description allows them, and all around it. */
export function requestsOf(world: RequestWorld): Arbitrary<FuzzRequest> {
  return fc.constantFrom(...world.routes).chain((route) =>
    fc.record({
      route: fc.constant(route),
      url: fc.tuple(pathsOf(route, world), queriesOf(route, world.schemas)).map((parts) => parts.join("")),
      caller: isOperators(route)
        ? fc.oneof(
            { arbitrary: fc.constant<CallerName>("operator"), weight: 4 },
            { arbitrary: callersOf, weight: 1 },
          )
        : callersOf,
      body: bodiesOf(route, world),
      headers: headersOf,
    }),
  );
}

const isOperators = ({ path }: Route): boolean => path.startsWith("/v1/tenants");

function pathsOf({ method, path }: Route, { own, others }: RequestWorld): Arbitrary<string> {
  // What is removed is not there for the others any more: accounts of their own.
  const isRemoval = method === "DELETE" && path === "/v1/accounts/{id}";
  const segments = path.split("/").map((segment, at, all) => {
    if (!segment.startsWith("{")) return fc.constant(segment);
    const kind = segment === "{tenantId}" ? "tenants" : (all[at - 1] ?? "");
    return idsOf(isRemoval ? "doomed" : kind, own, others);
  });
  return fc.tuple(...segments).map((parts) => parts.join("/"));
}

/** @param kind the segment before it */
function idsOf(kind: string, own: KnownIds, others: KnownIds): Arbitrary<string> {
  const known = own[kind] ?? ["1"];
  return fc.oneof(
    { arbitrary: fc.constantFrom(...known), weight: 8 },
    { arbitrary: fc.constantFrom(...(others[kind] ?? known)), weight: 2 },
    { arbitrary: hostileText.map((text) => encodeURIComponent(text.toWellFormed())), weight: 1 },
    { arbitrary: fc.constantFrom("%00", "%zz", "..", "a%20b", "x".repeat(300)), weight: 1 },
  );
}

function queriesOf({ query }: Route, schemas: Schemas): Arbitrary<string> {
  const usual = query.map(({ name, schema }) =>
    fc.option(
      fc
        .oneof(
          { arbitrary: valuesOf(schema, schemas), weight: 4 },
          { arbitrary: hostileText, weight: 1 },
          { arbitrary: fc.string(), weight: 1 },
        )
        .map((value) => [[name, String(value)]]),
      { nil: [], freq: 3 },
    ),
  );
  const odd = fc.oneof(
    { arbitrary: fc.constant<string[][]>([]), weight: 8 },
    fc.constantFrom(
      [["unknown", "1"]],
      [
        ["limit", "1"],
        ["limit", "2"],
      ],
      [["access_token", "mrb_x"]],
    ),
  );
  return fc.tuple(...usual, odd).map((parts) => {
    const pairs = parts.flat().map((pair) => pair.map((text) => text.toWellFormed()) as [string, string]);
    return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`;
  });
}

function bodiesOf({ method, body }: Route, { schemas, own }: RequestWorld): Arbitrary<Body | null> {
  if (body === null) {
    if (method === "GET") return fc.constant(null);
    return fc.oneof(
      { arbitrary: fc.constant(null), weight: 4 },
      fc.constant({ text: "{}", contentType: "application/json", mustBeRefused: false }),
    );
  }
  const right = rightBodies(body, schemas).chain((made) => withKnownIds(made, own));
  return fc.oneof(
    { arbitrary: right, weight: 6 },
    { arbitrary: wrongBodies(body, schemas), weight: 4 },
    { arbitrary: fc.constant(null), weight: 1 },
  );
}

/** Ids that nobody has made reach nothing: most bodies name things that are there. */
function withKnownIds(body: Body, own: KnownIds): Arbitrary<Body> {
  const value: unknown = JSON.parse(body.text);
  if (value === null || typeof value !== "object") return fc.constant(body);
  const choices = fc.record({
    accountId: fc.constantFrom(...(own.accounts ?? [""])),
    syncId: fc.constantFrom(...(own.syncs ?? [""])),
    returnUrl: fc.constant(returnUrl),
  });
  return choices.map((known) => {
    const named = Object.entries(known).filter(([name]) => name in value);
    return { ...body, text: JSON.stringify({ ...value, ...Object.fromEntries(named) }) };
  });
}

const headersOf: Arbitrary<Record<string, string>> = fc.oneof(
  { arbitrary: fc.constant({}), weight: 6 },
  fc.constantFrom<Record<string, string>>(
    { "idempotency-key": "one" },
    { "idempotency-key": "x".repeat(5_000) },
    { "idempotency-key": "\u00ff\u00fe" },
    { "last-event-id": "1-1" },
    { "last-event-id": "../x" },
    { range: "bytes=0-3" },
    { range: "bytes=9-1,-5,x" },
    { accept: "text/html" },
    { origin: "https://evil.example" },
    { "content-encoding": "gzip" },
    { "x-forwarded-for": "127.0.0.1" },
    { "x-http-method-override": "DELETE" },
    { "if-match": '"x"', "if-none-match": "*" },
  ),
);
