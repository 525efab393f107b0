import type { Caller, Scope } from "./caller.ts";

/** What a route asks of its callers. */
export interface RouteAccess {
  /** Of a tenant's key; by default `read` for what only reads, `write` for the rest. Null: for operators alone. */
  readonly scope?: Scope | null;
  /** Operators may call it as well. */
  readonly operator?: boolean;
  /** Browser tokens open it: any; or, of one sync, when the `id` in the address is that sync's. */
  readonly browser?: boolean;
  /** It says of the caller what he knows already: a browser token of one sync opens it as well. */
  readonly isAboutCaller?: boolean;
  /** Browser tokens open it also as `access_token` in the query: where a browser cannot set headers. */
  readonly tokenInQuery?: boolean;
}

export interface AccessRequest {
  readonly method: string;
  readonly access: RouteAccess;
  /** The `id` in the address. */
  readonly id: string | undefined;
}

export type Refusal =
  | { readonly kind: "operators_only" }
  | { readonly kind: "keys_only" }
  | { readonly kind: "scope_missing"; readonly scope: Scope }
  | { readonly kind: "other_sync" };

const reading = new Set(["GET", "HEAD"]);
/** Whether requests of a method change nothing. */
export const onlyReads = (method: string): boolean => reading.has(method);

/** Whether a caller may make a request; null: yes. Whose things it is about is not decided here: routes name the tenant. */
export function decideAccess(caller: Caller, { method, access, id }: AccessRequest): Refusal | null {
  const scope = access.scope === undefined ? (onlyReads(method) ? "read" : "write") : access.scope;
  switch (caller.kind) {
    case "operator":
      return access.operator === true ? null : { kind: "keys_only" };
    case "key":
      if (scope === null) return { kind: "operators_only" };
      return caller.scopes.includes(scope) ? null : { kind: "scope_missing", scope };
    case "browser":
      if (access.browser !== true || !onlyReads(method)) return { kind: "keys_only" };
      if (access.isAboutCaller === true || caller.syncId === null) return null;
      return caller.syncId === id ? null : { kind: "other_sync" };
  }
}
