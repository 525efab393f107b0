import { watchedFetch } from "../live/connection.ts";

/** What the dashboard is configured with; it says nothing about anybody. */
export interface Settings {
  readonly traceUrl: string | null;
}
export const readSettings = async (): Promise<Settings> =>
  (await watchedFetch("/dashboard.json")).json() as Promise<Settings>;

/** Where the newest overview is kept: one stream feeds all who show a part of it. */
export const overviewKey = ["overview"] as const;
