import type { CallCount } from "../call-counters.ts";
import type { FaultRuleInput } from "../faults/fault-rule.ts";
import type { FaultStatus } from "../faults/fault-table.ts";
import type { LabelResource } from "../mailbox/label-table.ts";
import type { ManualPush, PushConfigInput } from "../push/push-config.ts";
import type { PushDelivery } from "../push/push-sender.ts";
import type { NewMailbox, NewMessage, Relabel } from "./control-schemas.ts";
import type { TrueMessage } from "./stream-truth.ts";

export interface MailboxStatus {
  readonly email: string;
  readonly messagesTotal: number;
  readonly historyId: string;
  readonly refreshToken: string;
  readonly granted: boolean;
  readonly watch: { readonly topicName: string; readonly expirationMs: number } | null;
}

export interface CallReport {
  readonly total: number;
  readonly units: number;
  readonly connections: number;
  readonly calls: readonly CallCount[];
}

/** A control call that was refused, or a simulator that cannot be reached. */
export class SimulatorControlError extends Error {
  readonly code = "simulator.control";
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** The control API as methods, for tests and scripts. Every method throws SimulatorControlError. */
export class SimulatorControl {
  private readonly url: string;

  /** @param url The simulator's, as its ready line says it. */
  constructor(url: string) {
    this.url = url.replace(/\/$/, "");
  }

  createMailbox(mailbox: NewMailbox): Promise<MailboxStatus> {
    return this.send("POST", "/mailboxes", mailbox);
  }

  async listMailboxes(): Promise<readonly MailboxStatus[]> {
    return (await this.send<{ mailboxes: MailboxStatus[] }>("GET", "/mailboxes")).mailboxes;
  }

  getMailbox(email: string): Promise<MailboxStatus> {
    return this.send("GET", mailboxPath(email));
  }

  async removeMailbox(email: string): Promise<void> {
    await this.send("DELETE", mailboxPath(email));
  }

  /** Adds whole messages; `raw` is their bytes. Returns their ids in the same order. */
  async addMessages(
    email: string,
    messages: readonly (Omit<NewMessage, "raw"> & { readonly raw: Uint8Array | string })[],
  ): Promise<readonly string[]> {
    const encoded = messages.map((one) => ({ ...one, raw: Buffer.from(one.raw).toString("base64") }));
    return (
      await this.send<{ ids: string[] }>("POST", `${mailboxPath(email)}/messages`, { messages: encoded })
    ).ids;
  }

  /** Adds generated messages, as if they arrived now. */
  async generateMessages(
    email: string,
    count: number,
    labelIds?: readonly string[],
  ): Promise<readonly string[]> {
    const body = { generate: count, ...(labelIds === undefined ? {} : { labelIds }) };
    return (await this.send<{ ids: string[] }>("POST", `${mailboxPath(email)}/messages`, body)).ids;
  }

  async deleteMessages(email: string, ids: readonly string[]): Promise<void> {
    await this.send("POST", `${mailboxPath(email)}/messages/delete`, { ids });
  }

  async relabelMessage(email: string, id: string, change: Relabel): Promise<readonly string[]> {
    const path = `${mailboxPath(email)}/messages/${encodeURIComponent(id)}/labels`;
    return (await this.send<{ labelIds: string[] }>("POST", path, change)).labelIds;
  }

  createLabel(email: string, name: string): Promise<LabelResource> {
    return this.send("POST", `${mailboxPath(email)}/labels`, { name });
  }

  renameLabel(email: string, id: string, name: string): Promise<LabelResource> {
    return this.send("PATCH", `${mailboxPath(email)}/labels/${encodeURIComponent(id)}`, { name });
  }

  async removeLabel(email: string, id: string): Promise<void> {
    await this.send("DELETE", `${mailboxPath(email)}/labels/${encodeURIComponent(id)}`);
  }

  /** Takes consent away (refresh and access tokens stop working) or gives it back. */
  setGranted(email: string, granted: boolean): Promise<MailboxStatus> {
    return this.send("POST", `${mailboxPath(email)}/grant`, { granted });
  }

  /** Every historyId from before answers 404 from now on. */
  expireHistory(email: string): Promise<MailboxStatus> {
    return this.send("POST", `${mailboxPath(email)}/history/expire`);
  }

  /** Access tokens in use answer 401 from now on; refreshing works. */
  async expireTokens(email: string): Promise<number> {
    return (await this.send<{ expired: number }>("POST", `${mailboxPath(email)}/tokens/expire`)).expired;
  }

  /** Everything that a mailbox holds, streamed, oldest first. */
  async *truth(email: string): AsyncGenerator<TrueMessage> {
    const response = await this.fetch("GET", `${mailboxPath(email)}/truth`);
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of response.body ?? []) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) yield JSON.parse(line) as TrueMessage;
    }
  }

  /** Puts a fault rule in force; returns its id. */
  async addFault(rule: FaultRuleInput): Promise<number> {
    return (await this.send<{ id: number }>("POST", "/faults", rule)).id;
  }

  async listFaults(): Promise<readonly FaultStatus[]> {
    return (await this.send<{ faults: FaultStatus[] }>("GET", "/faults")).faults;
  }

  /** Removes one rule, or all without an id. */
  async clearFaults(id?: number): Promise<void> {
    await this.send("DELETE", id === undefined ? "/faults" : `/faults/${id}`);
  }

  /** Changes of watched mailboxes are pushed from now on. */
  async configurePush(push: PushConfigInput): Promise<void> {
    await this.send("PUT", "/push", push);
  }

  /** Nothing is pushed any more. */
  async stopPush(): Promise<void> {
    await this.send("DELETE", "/push");
  }

  /** Where the keys are that push requests are signed with. */
  get jwksUrl(): string {
    return `${this.url}/control/push/jwks`;
  }

  /** Push requests are signed with a new key from now on. Returns its id. */
  async rotatePushKey(): Promise<string> {
    return (await this.send<{ kid: string }>("POST", "/push/keys/rotate")).kid;
  }

  /** Sends notifications, whatever has happened in the mailbox. */
  async sendPush(push: ManualPush): Promise<void> {
    await this.send("POST", "/push/send", push);
  }

  /** What has become of the newest notifications, oldest first. */
  async pushDeliveries(): Promise<readonly PushDelivery[]> {
    return (await this.send<{ deliveries: PushDelivery[] }>("GET", "/push/deliveries")).deliveries;
  }

  calls(): Promise<CallReport> {
    return this.send("GET", "/calls");
  }

  async resetCalls(): Promise<void> {
    await this.send("DELETE", "/calls");
  }

  private async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.fetch(method, path, body);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  private async fetch(method: string, path: string, body?: unknown): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(`${this.url}/control${path}`, {
        method,
        ...(body === undefined
          ? {}
          : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw new SimulatorControlError(0, `no simulator answers at ${this.url}`, { cause });
    }
    if (response.ok) return response;
    const text = await response.text();
    throw new SimulatorControlError(response.status, `${method} ${path}: ${response.status} ${text}`);
  }
}

function mailboxPath(email: string): string {
  return `/mailboxes/${encodeURIComponent(email)}`;
}
