import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forgottenMailboxes } from "./forgotten-mailboxes.ts";

const account = (email: string, status = "connected") => ({ id: `acc_${email}`, email, status });
const answers: Readonly<Record<string, unknown>> = {
  "/control/mailboxes": { mailboxes: [{ email: "demo@millrace.test" }] },
  "/v1/accounts": {
    items: [
      account("demo@millrace.test"),
      account("ann@millrace.test"),
      account("bob@x.test", "reauth_required"),
    ],
    nextCursor: null,
  },
};
const server = createServer(({ url = "" }, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(answers[url.split("?")[0] ?? ""]));
});

beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
afterAll(() => void server.close());

test("a mailbox that is connected and that the simulator does not have is named; one that is to be connected again is not", async () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { signal } = new AbortController();
  expect(await forgottenMailboxes({ url, key: "mr_x" }, url, signal)).toEqual(["ann@millrace.test"]);
});
