import { createServer } from "@emulators/core";
import { googlePlugin, seedFromConfig } from "@emulators/google";
import { serve } from "@hono/node-server";
import { freePort } from "@millrace/infra/process/free-port";

const client = {
  client_id: "test-client",
  client_secret: "test-secret",
  redirect_uris: ["http://127.0.0.1/"],
};
const ownToken = "own-token";
/** Its history ids are the time in milliseconds with a random end: two within a millisecond may be out of order. */
const apartMs = 3;

/** A message as the emulator gives it. */
export interface EmulatedMessage {
  readonly id: string;
  readonly labelIds: readonly string[];
  readonly historyId: string;
}

/** Somebody else's Gmail, https://emulate.dev/google: it has neither profiles nor batches, and its ids are its own. */
export interface Emulator {
  readonly url: string;
  readonly tokenUrl: string;
  /** As an application gets it that the user agrees to. */
  refreshToken(): Promise<string>;
  /** Into the inbox, unread. */
  insert(subject: string): Promise<EmulatedMessage>;
  modify(
    id: string,
    change: { readonly addLabelIds?: readonly string[]; readonly removeLabelIds?: readonly string[] },
  ): Promise<void>;
  trash(id: string): Promise<void>;
  untrash(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  createLabel(name: string): Promise<string>;
  /** What a listing shows, each message with its labels in order. */
  shown(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Whether a call exists. */
  answers(method: string, path: string): Promise<number>;
  stop(): Promise<void>;
}

export async function startEmulator(email: string): Promise<Emulator> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const tokens = { [ownToken]: { login: email, id: 1 } };
  const { app, store } = createServer(googlePlugin, { port, baseUrl: url, tokens });
  googlePlugin.seed?.(store, url);
  seedFromConfig(store, url, { users: [{ email }], oauth_clients: [client] });
  const server = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" });

  const send = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${ownToken}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await send(method, `/gmail/v1/users/me${path}`, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    if (method !== "GET") await new Promise((resolve) => setTimeout(resolve, apartMs));
    return (text === "" ? null : JSON.parse(text)) as T;
  };
  const listAll = async (): Promise<string[]> => {
    const ids: string[] = [];
    for (let pageToken: string | undefined = ""; pageToken !== undefined; ) {
      const token: string = pageToken === "" ? "" : `&pageToken=${pageToken}`;
      const page = await call<{ messages: { id: string }[]; nextPageToken?: string }>(
        "GET",
        `/messages?maxResults=500${token}`,
      );
      ids.push(...page.messages.map(({ id }) => id));
      pageToken = page.nextPageToken;
    }
    return ids;
  };

  return {
    url,
    tokenUrl: `${url}/oauth2/token`,
    refreshToken: async () => {
      const redirect = { redirect_uri: client.redirect_uris[0] ?? "", client_id: client.client_id };
      const agreed = await fetch(`${url}/o/oauth2/v2/auth/callback`, {
        method: "POST",
        redirect: "manual",
        body: new URLSearchParams({ email, scope: "https://mail.google.com/", ...redirect }),
      });
      const code = new URL(agreed.headers.get("location") ?? "").searchParams.get("code") ?? "";
      const answer = await fetch(`${url}/oauth2/token`, {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "authorization_code",
          code,
          client_secret: client.client_secret,
          ...redirect,
        }),
      });
      return ((await answer.json()) as { refresh_token: string }).refresh_token;
    },
    insert: (subject) =>
      call("POST", "/messages", {
        raw: Buffer.from(`From: a@example.com\r\nTo: ${email}\r\nSubject: ${subject}\r\n\r\nText`).toString(
          "base64url",
        ),
        labelIds: ["INBOX", "UNREAD"],
      }),
    modify: (id, change) => call("POST", `/messages/${id}/modify`, change),
    trash: (id) => call("POST", `/messages/${id}/trash`),
    untrash: (id) => call("POST", `/messages/${id}/untrash`),
    remove: (id) => call("DELETE", `/messages/${id}`),
    createLabel: async (name) => (await call<{ id: string }>("POST", "/labels", { name })).id,
    shown: async () => {
      const shown = new Map<string, readonly string[]>();
      for (const id of await listAll()) {
        const { labelIds } = await call<EmulatedMessage>("GET", `/messages/${id}?format=minimal`);
        shown.set(id, [...labelIds].sort());
      }
      return shown;
    },
    answers: async (method, path) => (await send(method, path)).status,
    stop: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
