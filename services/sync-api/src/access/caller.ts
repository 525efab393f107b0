import { z } from "zod";

export const scopes = ["read", "write", "admin"] as const;
/** read: look; write: connect mailboxes, ask for syncs and control them; admin: keys, settings, the audit trail. */
export const scopeSchema = z.enum(scopes);
export type Scope = z.infer<typeof scopeSchema>;

/** Whose key came with a request. */
export type Caller = OperatorCaller | KeyCaller | BrowserCaller;

/** Who runs this installation: all tenants, and nothing of their mail. */
export interface OperatorCaller {
  readonly kind: "operator";
  /** Which of the operator's keys. */
  readonly id: string;
}

export interface KeyCaller {
  readonly kind: "key";
  readonly id: string;
  readonly tenantId: string;
  readonly scopes: readonly Scope[];
  readonly expiresAtMs: number | null;
}

/** A page in a browser that watches. */
export interface BrowserCaller {
  readonly kind: "browser";
  readonly id: string;
  readonly tenantId: string;
  /** The key that its token was made with. */
  readonly keyId: string;
  /** The one sync that it may watch; null: all of the tenant. */
  readonly syncId: string | null;
  readonly expiresAtMs: number;
}

/** When what the caller has shown ends; null: it does not. */
export const endsAtMs = (caller: Caller | null): number | null =>
  caller === null || caller.kind === "operator" ? null : caller.expiresAtMs;

export const tenantOf = (caller: Caller): string => (caller.kind === "operator" ? "" : caller.tenantId);
