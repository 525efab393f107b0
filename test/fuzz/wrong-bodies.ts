import fc, { type Arbitrary } from "fast-check";
import { hostileText, resolve, type Schema, type Schemas, valuesOf } from "./schema-values.ts";

export interface Body {
  readonly text: string;
  readonly contentType: string;
  /** It cannot be taken, whatever it is about. */
  readonly mustBeRefused: boolean;
}

const json = "application/json";
const bytesMax = 3 * 1024 ** 2;

const jsonBody = (value: unknown, mustBeRefused = false): Body => ({
  text: JSON.stringify(value) ?? "",
  contentType: json,
  mustBeRefused,
});

/** Bodies that the schema allows. */
export const rightBodies = (schema: Schema, schemas: Schemas): Arbitrary<Body> =>
  valuesOf(schema, schemas).map((value) => jsonBody(value));

/** Bodies that are wrong somewhere, or that no program should stumble over. */
export function wrongBodies(schema: Schema, schemas: Schemas): Arbitrary<Body> {
  const right = valuesOf(schema, schemas);
  return fc.oneof(
    fc.jsonValue({ maxDepth: 3 }).map((value) => jsonBody(value)),
    fc.tuple(right, fc.constantFrom("unknown", "__proto__", "constructor")).map(withUnknownKey),
    fc.tuple(right, fc.nat(), fc.oneof(hostileText, fc.jsonValue({ maxDepth: 1 }))).map(withOnePartReplaced),
    right.map((value) => withoutRequired(value, resolve(schema, schemas))),
    right.map((value) => ({ ...jsonBody(value, true), text: JSON.stringify(value).slice(0, -1) })),
    right.map((value) => ({ ...jsonBody(value, true), contentType: "text/plain" })),
    fc.constantFrom<Body>(
      { text: "", contentType: json, mustBeRefused: false },
      { text: "[".repeat(20_000), contentType: json, mustBeRefused: true },
      { text: `"${"x".repeat(bytesMax)}"`, contentType: json, mustBeRefused: true },
      { text: "a=1&b=2", contentType: "application/x-www-form-urlencoded", mustBeRefused: true },
      { text: '{"a":1}', contentType: "application/json; charset=utf-16", mustBeRefused: false },
    ),
  );
}

function withUnknownKey([value, name]: [unknown, string]): Body {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return jsonBody({ [name]: 1 }, true);
  const text = JSON.stringify(value);
  const more = `"${name}":{"x":1}`;
  return {
    text: text === "{}" ? `{${more}}` : `${text.slice(0, -1)},${more}}`,
    contentType: json,
    mustBeRefused: name === "unknown",
  };
}

/** Somewhere in it, something else. */
function withOnePartReplaced([value, at, other]: [unknown, number, unknown]): Body {
  let parts = 0;
  JSON.stringify(value, (_, part) => {
    parts++;
    return part;
  });
  let seen = 0;
  const chosen = at % Math.max(parts, 1);
  const text = JSON.stringify(value, (_, part) => (seen++ === chosen ? other : part));
  return { text: text ?? "null", contentType: json, mustBeRefused: false };
}

function withoutRequired(value: unknown, { required = [] }: Schema): Body {
  const [name] = required;
  if (name === undefined || value === null || typeof value !== "object") return jsonBody(value);
  return jsonBody(Object.fromEntries(Object.entries(value).filter(([key]) => key !== name)), true);
}
