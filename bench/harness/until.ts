import { setTimeout as sleep } from "node:timers/promises";

/** The API, as a suite uses it. */
export class BenchClient {
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  async json<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** @returns the account's id */
  async connect(email: string): Promise<string> {
    const credentials = { refreshToken: `sim-refresh-${email}` };
    const schedule = { kind: "none" };
    const body = { provider: "gmail", email, schedule, credentials };
    return (await this.json<{ id: string }>("POST", "/v1/accounts", body)).id;
  }

  /** @returns the sync's id */
  async sync(accountId: string): Promise<string> {
    return (await this.json<{ syncId: string }>("POST", "/v1/syncs", { accountId })).syncId;
  }
}

/** Looks every few milliseconds. */
export async function until(isDone: () => Promise<boolean>, everyMs: number, maxMs: number): Promise<void> {
  const endMs = Date.now() + maxMs;
  while (!(await isDone())) {
    if (Date.now() > endMs) throw new Error(`It was not done within ${maxMs} ms`);
    await sleep(everyMs);
  }
}
