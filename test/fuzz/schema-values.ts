import fc, { type Arbitrary } from "fast-check";

/** JSON Schema, as far as the description uses it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

export type Schemas = Readonly<Record<string, Schema>>;

const depthMax = 6;
const longestText = 5_000;

/** What makes programs stumble, wherever text is expected. */
export const hostileText: Arbitrary<string> = fc.constantFrom(
  "",
  " ",
  "\u0000",
  "\ud800",
  "../../etc/passwd",
  "%00",
  "';drop table messages;--",
  "<script>alert(1)</script>",
  "#{7*7}",
  "\u202e",
  "0",
  "-1",
  "1e999",
  "null",
  "NaN",
  "__proto__",
  "constructor",
  "a".repeat(longestText),
  "🦆".repeat(500),
  "\r\nx-injected: 1",
);

/** Values that the schema allows: anything in the middle, or at its limits. */
export function valuesOf(schema: Schema, schemas: Schemas, depth = 0): Arbitrary<unknown> {
  if (depth > depthMax) return fc.constant(null);
  const one = resolve(schema, schemas);
  if (one.const !== undefined) return fc.constant(one.const);
  if (one.enum !== undefined) return fc.constantFrom(...one.enum);
  const choices = one.anyOf ?? one.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((each) => valuesOf(each, schemas, depth)));
  if (Array.isArray(one.type))
    return fc.oneof(...one.type.map((type) => valuesOf({ ...one, type }, schemas, depth)));
  switch (one.type) {
    case "object":
      return objectsOf(one, schemas, depth);
    case "array":
      return arraysOf(one, schemas, depth);
    case "string":
      return textsOf(one);
    case "integer":
      return fc.oneof(fc.integer(rangeOf(one)), fc.constantFrom(...Object.values(rangeOf(one))));
    case "number":
      return fc.oneof(
        fc.double({ ...rangeOf(one), noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(...Object.values(rangeOf(one))),
      );
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

export function resolve(schema: Schema, schemas: Schemas): Schema {
  if (schema.$ref !== undefined) {
    const named = schemas[schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1)];
    if (named === undefined) throw new Error(`${schema.$ref} leads nowhere`);
    return resolve(named, schemas);
  }
  if (schema.allOf === undefined) return schema;
  return Object.assign({}, ...schema.allOf.map((each) => resolve(each, schemas)));
}

function objectsOf(schema: Schema, schemas: Schemas, depth: number): Arbitrary<unknown> {
  const properties = Object.entries(schema.properties ?? {});
  const model = Object.fromEntries(
    properties.map(([name, property]) => [name, valuesOf(property, schemas, depth + 1)]),
  );
  return fc.record(model, { requiredKeys: (schema.required ?? []).filter((name) => name in model) });
}

function arraysOf(schema: Schema, schemas: Schemas, depth: number): Arbitrary<unknown> {
  const minLength = schema.minItems ?? 0;
  const maxLength = Math.min(schema.maxItems ?? minLength + 3, minLength + 3);
  return fc.array(valuesOf(schema.items ?? {}, schemas, depth + 1), { minLength, maxLength });
}

const formats: Readonly<Record<string, Arbitrary<string>>> = {
  "date-time": fc
    .date({ min: new Date("1970-01-01"), max: new Date("2099-12-31"), noInvalidDate: true })
    .map((date) => date.toISOString()),
  email: fc.emailAddress(),
  uri: fc.webUrl(),
};

function textsOf({ pattern, format, minLength = 0, maxLength }: Schema): Arbitrary<string> {
  const known = format === undefined ? undefined : formats[format];
  if (known !== undefined) return known;
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const most = Math.min(maxLength ?? minLength + 40, minLength + 40);
  const usual = fc.string({ minLength, maxLength: most });
  const longest = maxLength === undefined || maxLength > longestText ? [] : ["x".repeat(maxLength)];
  const limits = ["x".repeat(minLength), ...longest];
  return fc.oneof({ arbitrary: usual, weight: 3 }, fc.constantFrom(...limits));
}

function rangeOf(schema: Schema): { min: number; max: number } {
  const min = schema.minimum ?? (schema.exclusiveMinimum ?? -1_000_001) + 1;
  const max = schema.maximum ?? (schema.exclusiveMaximum ?? 1_000_001) - 1;
  return {
    min: Math.max(min, Number.MIN_SAFE_INTEGER),
    max: Math.max(Math.min(max, Number.MAX_SAFE_INTEGER), min),
  };
}
