import { z } from "zod";
import { chunkerConfigSchema } from "../../services/chunker/src/config.ts";
import { fetcherConfigSchema } from "../../services/fetcher/src/config.ts";
import { janitorConfigSchema } from "../../services/janitor/src/config.ts";
import { syncApiConfigSchema } from "../../services/sync-api/src/config.ts";

const schemas = {
  "sync-api": syncApiConfigSchema,
  chunker: chunkerConfigSchema,
  fetcher: fetcherConfigSchema,
  janitor: janitorConfigSchema,
} as const;

interface Variable {
  readonly name: string;
  readonly services: string[];
  /** Of those, who does without. */
  readonly optionalFor: string[];
  /** What the services that read it expect when it is not set, in words. */
  readonly byDefault: string;
  readonly limits: string;
  readonly description: string;
}

const intro = `# Configuration

Every environment variable of every service. Written from the schemas that the services check their environment with; after a change there: \`vitest run --project unit test/docs -u\`.

Each service reads its environment only, and reports all that is wrong with it at once. What is secret may be given as a file, whose path \`<NAME>_FILE\` holds. What \`npm start\` and compose.yaml themselves read stands in the [README](../README.md#configuration).
`;

/** The page docs/configuration.md. @throws Error that names a variable which nobody has described */
export function describeConfiguration(): string {
  const variables = collectVariables();
  const undescribed = variables.filter(({ description }) => description === "").map(({ name }) => name);
  if (undescribed.length > 0)
    throw new Error(`Describe these variables in their schema: ${undescribed.join(", ")}`);
  const rows = variables.map(
    ({ name, services, optionalFor, byDefault, limits, description }) =>
      `| \`${name}\` | ${services.length === 4 ? "all" : services.join(", ")} | ${byDefault}${optionalFor.length === 0 ? "" : ` (not for ${optionalFor.join(", ")})`} | ${limits} | ${description} |`,
  );
  return `${intro}
| variable | services | default | limits | |
| --- | --- | --- | --- | --- |
${rows.join("\n")}
`
    .replaceAll("](#", "](../README.md#")
    .replaceAll("](docs/", "](");
}

function collectVariables(): Variable[] {
  const variables = new Map<string, Variable>();
  for (const [service, schema] of Object.entries(schemas)) {
    const { properties = {} } = z.toJSONSchema(schema, { io: "output", unrepresentable: "any" });
    const required = new Set(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }).required);
    for (const [name, property] of Object.entries(properties)) {
      if (typeof property === "boolean") continue;
      const known = variables.get(name);
      if (known !== undefined) {
        known.services.push(service);
        if (known.byDefault === "required" && !required.has(name)) known.optionalFor.push(service);
      } else {
        variables.set(name, {
          name,
          services: [service],
          optionalFor: [],
          byDefault: required.has(name) ? "required" : readDefault(property.default),
          limits: readLimits(property),
          description: property.description ?? "",
        });
      }
    }
  }
  return [...variables.values()];
}

function readDefault(value: unknown): string {
  if (value === undefined || (typeof value === "object" && Object.keys(value ?? {}).length === 0))
    return "none";
  return Array.isArray(value) ? value.join(",") : String(value) || "none";
}

function readLimits({ minimum, maximum, enum: values }: z.core.JSONSchema.BaseSchema): string {
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(", ");
  return minimum === undefined || maximum === undefined ? "" : `${minimum} to ${maximum}`;
}
