import { randomUUID } from "node:crypto";
import { type ApiAccess, apiRequest } from "@millrace/cli/api-request";
import type { SyncResource } from "@millrace/cli/sync-resource";
import { watchSync } from "@millrace/cli/watch-sync";
import { z } from "zod";
import type { AnnouncerOutput } from "./announce.ts";

export interface DemoRequest {
  readonly access: ApiAccess;
  readonly email: string;
  readonly content: "full" | "raw" | "metadata";
  readonly output: AnnouncerOutput;
  readonly signal: AbortSignal;
}

export interface DemoResult {
  readonly accountId: string;
  readonly sync: SyncResource;
  /** From the request to the end of the sync. */
  readonly seconds: number;
}

const accountSchema = z.object({ id: z.string(), email: z.string() });
const accountPageSchema = z.object({ items: z.array(accountSchema), nextCursor: z.string().nullish() });
const pagesMax = 1_000;

/** Connects the demo mailbox unless it is connected, asks for a sync and shows it until its end. */
export async function runDemo(request: DemoRequest): Promise<DemoResult> {
  const accountId = (await findAccount(request)) ?? (await connectAccount(request));
  const began = performance.now();
  const { syncId } = await apiRequest(request.access, "/v1/syncs", z.object({ syncId: z.string() }), {
    method: "POST",
    body: { accountId, mode: "auto" },
    headers: { "idempotency-key": randomUUID() },
    signal: request.signal,
  });
  const sync = await watchSync(request.access.url, request.access.key, syncId, {
    output: request.output,
    signal: request.signal,
  });
  return { accountId, sync, seconds: (performance.now() - began) / 1_000 };
}

async function findAccount({ access, email, signal }: DemoRequest): Promise<string | null> {
  let cursor: string | null | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const path = cursor ? `/v1/accounts?cursor=${encodeURIComponent(cursor)}` : "/v1/accounts";
    const { items, nextCursor } = await apiRequest(access, path, accountPageSchema, { signal });
    const found = items.find((account) => account.email === email);
    if (found) return found.id;
    if (!nextCursor) return null;
    cursor = nextCursor;
  }
  return null;
}

async function connectAccount({ access, email, content, signal }: DemoRequest): Promise<string> {
  const { id } = await apiRequest(access, "/v1/accounts", z.object({ id: z.string() }), {
    method: "POST",
    body: { provider: "gmail", email, content, credentials: { refreshToken: `sim-refresh-${email}` } },
    signal,
  });
  return id;
}
