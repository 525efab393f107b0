import { setTimeout as sleep } from "node:timers/promises";

/** The parts of the API's answers that the tests look at. */
export interface SyncAnswer {
  readonly id: string;
  readonly status: string;
  readonly version: string;
  readonly progress: { readonly listed: number; readonly settled: number; readonly chunksSettled: number };
  readonly ledger: {
    readonly listed: number;
    readonly stored: number;
    readonly unchanged: number;
    readonly gone: number;
    readonly deadLettered: number;
    readonly balanced: boolean;
  };
  readonly failure: { readonly category: string; readonly message: string } | null;
  readonly watermark: string | null;
  readonly coalescedInto: string | null;
}

export interface EventAnswer {
  readonly type: string;
  readonly source: string;
  readonly fact: Readonly<Record<string, unknown>>;
}

const terminal = ["completed", "partial", "failed", "cancelled", "coalesced"];

/** A client for the tests, as thin as possible: what is tested is the API itself. */
export class MillraceClient {
  readonly url: string;
  readonly key: string;

  constructor(url: string, key: string) {
    this.url = url;
    this.key = key;
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  }

  async json<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const response = await this.send(method, path, body, headers);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }

  async connectAccount(email: string, content = "full"): Promise<string> {
    const credentials = { refreshToken: `sim-refresh-${email}` };
    const account = await this.json<{ id: string }>("POST", "/v1/accounts", {
      provider: "gmail",
      email,
      content,
      credentials,
    });
    return account.id;
  }

  async requestSync(accountId: string, more: object = {}): Promise<string> {
    return (await this.json<{ syncId: string }>("POST", "/v1/syncs", { accountId, ...more })).syncId;
  }

  getSync(syncId: string): Promise<SyncAnswer> {
    return this.json("GET", `/v1/syncs/${syncId}`);
  }

  /** Waits until a sync has ended; an API that is away meanwhile is waited for. */
  async waitForEnd(syncId: string, timeoutMs = 120_000): Promise<SyncAnswer> {
    return this.waitFor(
      () => this.getSync(syncId),
      (sync) => terminal.includes(sync.status),
      timeoutMs,
    );
  }

  async waitFor<T>(read: () => Promise<T>, condition: (value: T) => boolean, timeoutMs = 60_000): Promise<T> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const value = await read().catch((error: unknown) => ({ error }));
      const failed = typeof value === "object" && value !== null && "error" in value;
      if (!failed && condition(value as T)) return value as T;
      if (Date.now() > end)
        throw new Error(`It did not happen in ${timeoutMs} ms; last seen: ${describe(value)}`);
      await sleep(50);
    }
  }

  async events(path: string): Promise<EventAnswer[]> {
    return (await this.json<{ items: EventAnswer[] }>("GET", path)).items;
  }
}

function describe(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (part instanceof Error ? String(part) : part));
}
