import "@millrace/client/testing/open-page";

import { createMillrace } from "@millrace/client";
import { MillraceProvider, SyncProgress, useSync, useSyncs } from "@millrace/client/react";
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import { type ReactNode, StrictMode } from "react";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { addAccount, addSync, changeSyncs } from "../../services/sync-api/src/testing/fill-views.ts";
import {
  startTestApi,
  type TestApi,
  type TestTenant,
} from "../../services/sync-api/src/testing/start-test-api.ts";

let api: TestApi;
let tenant: TestTenant;
let owner: { tenantId: string; accountId: string };
/** The addresses that were asked for. */
let asked: string[] = [];

beforeAll(async () => {
  api = await startTestApi({ streamLimits: { heartbeatMs: 100, retryMs: 50 } });
});
beforeEach(async () => {
  asked = [];
  tenant = await api.addTenant();
  owner = { tenantId: tenant.tenantId, accountId: await addAccount(api.pool, tenant.tenantId) };
});
afterEach(cleanup);
afterAll(() => api?.stop());

const change = (...changes: Parameters<typeof changeSyncs>[2][number][]) =>
  changeSyncs(api.pool, tenant.tenantId, changes);

function page(children: ReactNode, key: () => string = () => tenant.key): ReactNode {
  const watching: typeof fetch = (input, init) => {
    asked.push(new URL(String(input)).pathname);
    return fetch(input, init);
  };
  const client = createMillrace({ baseUrl: api.url, key, fetch: watching });
  return (
    <StrictMode>
      <MillraceProvider client={client}>{children}</MillraceProvider>
    </StrictMode>
  );
}

test("several components that watch one sync share one stream, in Strict Mode as well, and see each change", async () => {
  const id = await addSync(api.pool, owner, { seq: 5, listed: 100, settled: 10, listing_complete: true });
  const Status = () => <output>{useSync(id).sync?.status ?? "unknown"}</output>;
  render(
    page(
      <>
        <Status />
        <Status />
        <SyncProgress id={id} />
      </>,
    ),
  );
  await waitFor(() => expect(screen.getAllByText("running")).toHaveLength(2));
  expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("10");
  await change({ id, seq: 6, settled: 100, status: "completed", ended_at: new Date() });
  await waitFor(() => expect(screen.getAllByText("completed")).toHaveLength(2));
  expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("100");
  expect(asked).toEqual([`/v1/syncs/${id}/stream`]);
});

test("all syncs are shown, newest first, with what begins later", async () => {
  const first = await addSync(api.pool, owner, { seq: 5, requested_at: new Date(1_000) });
  const List = () => (
    <output>
      {useSyncs()
        .syncs.map(({ id }) => id)
        .join(" ")}
    </output>
  );
  render(page(<List />));
  await waitFor(() => expect(screen.getByRole("status").textContent).toBe(first));
  const second = await addSync(api.pool, owner, { seq: 6, requested_at: new Date(2_000) });
  await change({ id: second, seq: 6 });
  await waitFor(() => expect(screen.getByRole("status").textContent).toBe(`${second} ${first}`));
});
