import "@millrace/client/testing/open-page";

import { createMillrace } from "@millrace/client";
import { MillraceProvider, SyncProgress, useStartSync, useSync, useSyncs } from "@millrace/client/react";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { type ReactNode, StrictMode } from "react";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { addAccount, addSync, changeSyncs } from "../../services/sync-api/src/testing/fill-views.ts";
import {
  startTestApi,
  type TestApi,
  type TestTenant,
  urlOf,
} from "../../services/sync-api/src/testing/start-test-api.ts";

let api: TestApi;
let tenant: TestTenant;
let owner: { tenantId: string; accountId: string };
/** The addresses that were asked for. */
let asked: string[] = [];
/** Where the server is now, and whether its answers are lost. */
let at = "";
let isLost = false;

beforeAll(async () => {
  api = await startTestApi({ streamLimits: { heartbeatMs: 100, retryMs: 50 } });
});
beforeEach(async () => {
  asked = [];
  at = api.url;
  isLost = false;
  tenant = await api.addTenant();
  owner = { tenantId: tenant.tenantId, accountId: await addAccount(api.pool, tenant.tenantId) };
});
afterEach(cleanup);
afterAll(() => api?.stop());

const change = (...changes: Parameters<typeof changeSyncs>[2][number][]) =>
  changeSyncs(api.pool, tenant.tenantId, changes);

function page(children: ReactNode): ReactNode {
  const watching: typeof fetch = async (input, init) => {
    asked.push(new URL(String(input)).pathname);
    const response = await fetch(String(input).replace(api.url, at), init);
    if (isLost) throw new TypeError("lost");
    return response;
  };
  const client = createMillrace({ baseUrl: api.url, key: tenant.key, fetch: watching, retries: 0 });
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

test("a server that is away is told; what was known stays, and what has happened is shown when it is back", async () => {
  const id = await addSync(api.pool, owner, { seq: 5, listed: 100, settled: 10, listing_complete: true });
  const copy = await api.buildCopy();
  at = urlOf(copy);
  render(page(<SyncProgress id={id} />));
  await screen.findByText(/^10 of 100 messages/);
  await copy.close();
  await screen.findByText(/^The connection is lost/);
  expect(screen.getByText(/^10 of 100 messages/)).toBeTruthy();
  await change({ id, seq: 6, settled: 60 });
  at = api.url;
  await screen.findByText(/^60 of 100 messages/, {}, { timeout: 10_000 });
  expect(screen.queryByText(/^The connection is lost/)).toBeNull();
});

test("a sync that may not be seen says so", async () => {
  render(page(<SyncProgress id="syn_unknown" />));
  await screen.findByText("There is no such sync any more. Start another one.");
});

test("a click whose answer was lost and the next one are the same sync, and so are two clicks at once", async () => {
  const Start = () => {
    const { start, syncId, error } = useStartSync();
    return (
      <button type="button" onClick={() => void start({ accountId: owner.accountId })}>
        {error?.code ?? syncId ?? "start"}
      </button>
    );
  };
  isLost = true;
  render(page(<Start />));
  const button = screen.getByRole("button");
  fireEvent.click(button);
  await waitFor(() => expect(button.textContent).toBe("unreachable"));
  isLost = false;
  fireEvent.click(button);
  fireEvent.click(button);
  await waitFor(() => expect(button.textContent).toMatch(/^syn_/));
  const { rows } = await api.pool.query("select sync_id from sync_requests where tenant_id = $1", [
    tenant.tenantId,
  ]);
  expect(rows).toEqual([{ sync_id: button.textContent }]);
});
