import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SimulatorControl } from "./control/simulator-control.ts";
import { type GmailSimulator, startGmailSimulator } from "./start-gmail-simulator.ts";
import { connectGoogleClient } from "./testing/connect-google-client.ts";

const EMAIL = "empty@example.com";
const userId = "me";
let simulator: GmailSimulator;
let control: SimulatorControl;

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off" });
  control = simulator.control;
  await control.createMailbox({ email: EMAIL });
});
afterAll(() => simulator.close());

describe("a mailbox", () => {
  test("starts empty, lists nothing, and has a history", async () => {
    const { api } = connectGoogleClient(
      simulator,
      (await control.createMailbox({ email: "new@example.com" })).email,
    );
    const { data } = await api.users.messages.list({ userId });
    expect(data).toEqual({ resultSizeEstimate: 0 });
    expect((await api.users.getProfile({ userId })).data).toMatchObject({
      messagesTotal: 0,
      threadsTotal: 0,
    });
  });

  test("keeps an added message byte for byte, whatever is in it", async () => {
    const raw = Buffer.from("Subject: a\r\n\r\n\0\xff\xfe no utf-8 \n", "latin1");
    const [id = ""] = await control.addMessages(EMAIL, [{ raw, labelIds: ["INBOX"], internalDateMs: 1_000 }]);
    const { api } = connectGoogleClient(simulator, EMAIL);
    const { data } = await api.users.messages.get({ userId, id, format: "raw" });
    expect(Buffer.from(data.raw ?? "", "base64url").equals(raw)).toBe(true);
    expect(data).toMatchObject({ internalDate: "1000", labelIds: ["INBOX"] });
    for await (const one of control.truth(EMAIL))
      if (one.id === id) expect(one.sha256).toBe(createHash("sha256").update(raw).digest("hex"));
  });

  test("puts a message into the thread it is given", async () => {
    const [first = ""] = await control.addMessages(EMAIL, [{ raw: "Subject: a\n\nb" }]);
    const [second = ""] = await control.addMessages(EMAIL, [{ raw: "Subject: re\n\nb", threadId: first }]);
    const { api } = connectGoogleClient(simulator, EMAIL);
    expect((await api.users.messages.get({ userId, id: second, format: "minimal" })).data.threadId).toBe(
      first,
    );
  });

  test("forgets a deleted message, and a removed label on every message", async () => {
    const { id: label } = await control.createLabel(EMAIL, "Project X");
    const [a = "", b = ""] = await control.generateMessages(EMAIL, 2, ["INBOX", label]);
    const { api } = connectGoogleClient(simulator, EMAIL);
    await control.renameLabel(EMAIL, label, "Project Y");
    expect((await api.users.labels.get({ userId, id: label })).data).toMatchObject({
      name: "Project Y",
      messagesTotal: 2,
    });
    await control.deleteMessages(EMAIL, [a]);
    await control.removeLabel(EMAIL, label);
    await expect(api.users.messages.get({ userId, id: a })).rejects.toMatchObject({ status: 404 });
    expect((await api.users.messages.get({ userId, id: b, format: "minimal" })).data.labelIds).toEqual([
      "INBOX",
    ]);
  });

  test("can be removed, with its tokens", async () => {
    const { email } = await control.createMailbox({ email: "gone@example.com", generate: 1 });
    const { auth } = connectGoogleClient(simulator, email);
    const { token } = await auth.getAccessToken();
    await control.removeMailbox(email);
    const response = await fetch(`${simulator.url}/gmail/v1/users/me/profile`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(response.status).toBe(401);
    expect((await control.listMailboxes()).map((one) => one.email)).not.toContain(email);
  });
});

describe("a wrong control call says what is wrong", () => {
  test.each([
    ["a bad address", () => control.createMailbox({ email: "nobody" }), 400, "email"],
    ["a mailbox twice", () => control.createMailbox({ email: EMAIL }), 409, EMAIL],
    ["an unknown mailbox", () => control.getMailbox("x@example.com"), 404, "x@example.com"],
    [
      "an unknown message",
      () => control.deleteMessages(EMAIL, ["1234567890abcdef"]),
      404,
      "1234567890abcdef",
    ],
    ["an unknown label", () => control.generateMessages(EMAIL, 1, ["Label_77"]), 400, "Label_77"],
    ["a system label renamed", () => control.renameLabel(EMAIL, "INBOX", "In"), 404, "INBOX"],
    ["a fault without effect", () => control.addFault({}), 400, "either effect or script"],
    ["an unknown fault", () => control.clearFaults(999), 404, "999"],
    ["no simulator", () => new SimulatorControl("http://127.0.0.1:9").calls(), 0, "127.0.0.1:9"],
  ])("%s", async (_, call, status, words) => {
    const error = await call().then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: "simulator.control", status });
    expect(String(error)).toContain(words);
  });
});

test("counters tell calls, units and connections, and start again from nothing", async () => {
  await control.resetCalls();
  const { api } = connectGoogleClient(simulator, EMAIL);
  for (let n = 0; n < 3; n++) await api.users.messages.list({ userId });
  const report = await control.calls();
  expect(report).toMatchObject({ total: 4, units: 15 });
  expect(report.connections).toBeLessThan(4);
  expect(report.calls.find((one) => one.endpoint === "messages.list")).toMatchObject({
    count: 3,
    status: 200,
    units: 15,
  });
  await control.resetCalls();
  expect(await control.calls()).toMatchObject({ total: 0, units: 0, calls: [] });
});
