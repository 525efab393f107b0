import type { Millrace } from "@millrace/client";
import { watchedFetch } from "../live/connection.ts";

export interface Me {
  readonly kind: "tenant" | "operator" | "browser";
  readonly tenantId: string | null;
  readonly scopes: readonly ("read" | "write" | "admin")[];
  readonly expiresAt: string | null;
  readonly syncId: string | null;
}
export const meOf = (millrace: Millrace): Promise<Me> => millrace.me();

/** What the dashboard is configured with; it says nothing about anybody. */
export interface Settings {
  readonly traceUrl: string | null;
}
export const readSettings = async (): Promise<Settings> =>
  (await watchedFetch("/dashboard.json")).json() as Promise<Settings>;

/** Where the newest overview is kept: one stream feeds all who show a part of it. */
export const overviewKey = ["overview"] as const;
