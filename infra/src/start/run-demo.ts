import { watchSync } from "@millrace/cli/syncs/watch-sync";
import { createMillrace, type Millrace, type Sync } from "@millrace/client";
import type { AnnouncerOutput } from "./announce.ts";

export interface DemoRequest {
  /** The API's address and a tenant's key. */
  readonly access: { readonly url: string; readonly key: string };
  readonly email: string;
  readonly content: "full" | "raw" | "metadata";
  readonly output: AnnouncerOutput;
  readonly signal: AbortSignal;
}

export interface DemoResult {
  readonly accountId: string;
  readonly sync: Sync;
  /** From the request to the end of the sync. */
  readonly seconds: number;
}

/** Connects the demo mailbox unless it is connected, asks for a sync and shows it until its end. */
export async function runDemo(request: DemoRequest): Promise<DemoResult> {
  const { access, output, signal } = request;
  const millrace = createMillrace({ baseUrl: access.url, key: access.key });
  const accountId = (await findAccount(millrace, request)) ?? (await connectAccount(millrace, request));
  const began = performance.now();
  const { syncId } = await millrace.syncs.start({ accountId, mode: "auto" }, { signal });
  const sync = await watchSync(millrace, syncId, { output, signal });
  return { accountId, sync, seconds: (performance.now() - began) / 1_000 };
}

async function findAccount(millrace: Millrace, { email, signal }: DemoRequest): Promise<string | null> {
  const { items } = await millrace.accounts.list({ email }).page({ limit: 1, signal });
  return items[0]?.id ?? null;
}

async function connectAccount(millrace: Millrace, { email, content, signal }: DemoRequest): Promise<string> {
  const credentials = { refreshToken: `sim-refresh-${email}` };
  const { id } = await millrace.accounts.connect(
    { provider: "gmail", email, content, credentials },
    { signal },
  );
  return id;
}
