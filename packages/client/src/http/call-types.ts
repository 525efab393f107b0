import type { paths } from "../api-types.ts";

/** What may be asked of the API, read from its description: a route that is not there, or a wrong value, is no TypeScript. */
export type Method = "get" | "post" | "patch" | "delete";

export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: object }> ? P : never;
}[keyof paths];

type OperationOf<M extends Method, P extends keyof paths> = paths[P] extends Record<M, infer O> ? O : never;

type PathPart<O> = O extends { parameters: { path: infer V extends object } }
  ? { readonly path: V }
  : { readonly path?: never };
type QueryPart<O> = { readonly query?: QueryValues<O> | undefined };
type BodyPart<O> = O extends { requestBody: { content: { "application/json": infer B } } }
  ? { readonly body: B }
  : { readonly body?: never };

type QueryValues<O> = O extends { parameters: { query?: infer V extends object } } ? V : never;

export type PartsOf<M extends Method, P extends keyof paths> = PathPart<OperationOf<M, P>> &
  QueryPart<OperationOf<M, P>> &
  BodyPart<OperationOf<M, P>>;

export type QueryOf<P extends PathOf<"get">> = QueryValues<OperationOf<"get", P>>;

export type BodyOf<M extends Method, P extends PathOf<M>> = PartsOf<M, P>["body"];

type JsonOf<R, S extends keyof R> = R[S] extends { content: { "application/json": infer T } } ? T : never;

type SuccessOf<R> = { [S in Extract<keyof R, 200 | 201 | 202>]: JsonOf<R, S> }[Extract<
  keyof R,
  200 | 201 | 202
>];

/** The JSON that an operation answers with; undefined where it answers with nothing. */
export type AnswerOf<M extends Method, P extends keyof paths> =
  OperationOf<M, P> extends {
    responses: infer R;
  }
    ? [SuccessOf<R>] extends [never]
      ? undefined
      : SuccessOf<R>
    : never;

/** The routes that list: pages with `items`, and a cursor to the next. */
export type ListPath = {
  [P in PathOf<"get">]: AnswerOf<"get", P> extends { items: unknown[]; nextCursor: string | null }
    ? P
    : never;
}[PathOf<"get">];

export type ItemOf<P extends ListPath> = AnswerOf<"get", P> extends { items: (infer T)[] } ? T : never;

/** What a list may be narrowed to, and how many items a page has. */
export type FilterOf<P extends ListPath> = Omit<QueryOf<P>, "cursor">;

/** What every method takes besides. */
export interface CallOptions {
  /** Ends the call, its retries included; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}
