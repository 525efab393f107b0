import type { Schema, Schemas } from "./schema-values.ts";

export interface QueryParameter {
  readonly name: string;
  readonly schema: Schema;
}

/** One operation of the description. */
export interface Route {
  readonly method: string;
  /** /v1/accounts/{id} */
  readonly path: string;
  readonly query: readonly QueryParameter[];
  /** Null: it takes no body. */
  readonly body: Schema | null;
  /** Its answer has no end of its own. */
  readonly isStream: boolean;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Schemas };
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

/** What the API says of itself. */
export async function describeRoutes(
  apiUrl: string,
): Promise<{ readonly routes: readonly Route[]; readonly schemas: Schemas }> {
  const answer = await fetch(`${apiUrl}/openapi.json`);
  const { paths, components } = (await answer.json()) as Description;
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => routeOf(method.toUpperCase(), path, operation)),
  );
  return { routes, schemas: components.schemas };
}

function routeOf(method: string, path: string, operation: Operation): Route {
  const query = (operation.parameters ?? []).filter((parameter) => parameter.in === "query");
  return {
    method,
    path,
    query: query.map(({ name, schema }) => ({ name, schema })),
    body: operation.requestBody?.content["application/json"]?.schema ?? null,
    isStream: "text/event-stream" in (operation.responses["200"]?.content ?? {}),
  };
}
