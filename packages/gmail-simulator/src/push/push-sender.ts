import { randomBytes } from "node:crypto";
import type { Mailbox } from "../mailbox/mailbox.ts";
import { OidcSigner } from "./oidc-signer.ts";
import type { PushConfig } from "./push-config.ts";

/** What has become of one notification. */
export interface PushDelivery {
  readonly messageId: string;
  readonly email: string;
  readonly historyId: string;
  /** ISO 8601. */
  readonly publishTime: string;
  readonly attempts: number;
  /** Of the newest attempt: the HTTP status; 0 when there was no answer, null before the first answer. */
  readonly status: number | null;
  /** ISO 8601; null while it is not taken. */
  readonly deliveredAt: string | null;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Rhythm {
  lastMs: number;
  timer: NodeJS.Timeout | null;
}

/** Notifications whose fate is remembered. */
const deliveriesKept = 10_000;
const inFlightMax = 50;
/** Pub/Sub waits so long for an answer by default. */
const answerMsMax = 10_000;
const retryMsMax = 10_000;
const tokenSeconds = 3_600;

/**
 * Gmail's notifications through Pub/Sub: a signed push request for a change of a watched mailbox, at most one a second
 * a user, sent again until it is taken (2xx). https://cloud.google.com/pubsub/docs/push
 */
export class PushSender {
  readonly signer = new OidcSigner();
  private readonly now: () => number;
  private config: PushConfig | null = null;
  private readonly rhythms = new Map<string, Rhythm>();
  private readonly kept: Mutable<PushDelivery>[] = [];
  private readonly waiting: Mutable<PushDelivery>[] = [];
  private readonly retries = new Set<NodeJS.Timeout>();
  private inFlight = 0;
  private messages = 0;
  private readonly idPrefix = randomBytes(4).readUInt32BE() + 1;

  /** @param now what a watch's end is compared with */
  constructor(now: () => number) {
    this.now = now;
  }

  get current(): PushConfig | null {
    return this.config;
  }

  /** From now on; null: nothing is pushed, and what was not taken is forgotten. */
  configure(config: PushConfig | null): void {
    this.config = config;
    if (config === null) this.forget();
  }

  deliveries(): readonly PushDelivery[] {
    return this.kept;
  }

  /** A mailbox has changed: tells whoever watches it, now or when the user's second is over. */
  changed(mailbox: Mailbox): void {
    const { config } = this;
    if (config === null || !this.isWatched(mailbox)) return;
    if (config.intervalMs === 0) {
      this.send(mailbox.email, String(mailbox.history.current));
      return;
    }
    const rhythm = this.rhythms.get(mailbox.email) ?? { lastMs: Number.NEGATIVE_INFINITY, timer: null };
    this.rhythms.set(mailbox.email, rhythm);
    if (rhythm.timer !== null) return;
    const waitMs = Math.max(0, rhythm.lastMs + config.intervalMs - performance.now());
    rhythm.timer = setTimeout(() => {
      rhythm.timer = null;
      rhythm.lastMs = performance.now();
      if (this.isWatched(mailbox)) this.send(mailbox.email, String(mailbox.history.current));
    }, waitMs).unref();
  }

  /** Sends a notification, whatever has happened. Does nothing without an endpoint. */
  send(email: string, historyId: string, messageId = this.newMessageId()): void {
    if (this.config === null) return;
    const delivery = {
      messageId,
      email,
      historyId,
      publishTime: new Date().toISOString(),
      attempts: 0,
      status: null,
      deliveredAt: null,
    };
    this.kept.push(delivery);
    if (this.kept.length > deliveriesKept) this.kept.shift();
    this.waiting.push(delivery);
    this.pump();
  }

  close(): void {
    this.configure(null);
  }

  private isWatched({ watch }: Mailbox): boolean {
    return watch !== null && watch.expirationMs > this.now();
  }

  /** Digits that grow, as Pub/Sub's are. */
  private newMessageId(): string {
    this.messages += 1;
    return `${this.idPrefix}${String(this.messages).padStart(8, "0")}`;
  }

  private pump(): void {
    while (this.config !== null && this.inFlight < inFlightMax) {
      const delivery = this.waiting.shift();
      if (delivery === undefined) return;
      this.inFlight++;
      void this.attempt(delivery, this.config).finally(() => {
        this.inFlight--;
        this.pump();
      });
    }
  }

  private async attempt(delivery: Mutable<PushDelivery>, config: PushConfig): Promise<void> {
    delivery.attempts++;
    delivery.status = await this.request(delivery, config);
    if (delivery.status >= 200 && delivery.status < 300) {
      delivery.deliveredAt = new Date().toISOString();
      return;
    }
    if (this.config === null) return;
    const waitMs = Math.min(config.retryMs * 2 ** (delivery.attempts - 1), retryMsMax);
    const timer = setTimeout(() => {
      this.retries.delete(timer);
      this.waiting.push(delivery);
      this.pump();
    }, waitMs).unref();
    this.retries.add(timer);
  }

  /** The answer's status; 0 without one. */
  private async request(delivery: PushDelivery, config: PushConfig): Promise<number> {
    const { email, historyId, messageId, publishTime } = delivery;
    const { endpoint, audience = endpoint, issuer, serviceAccount, subscription } = config;
    const iat = Math.floor(Date.now() / 1_000);
    const token = this.signer.sign({
      aud: audience,
      azp: "100000000000000000000",
      email: serviceAccount,
      email_verified: true,
      exp: iat + tokenSeconds,
      iat,
      iss: issuer,
      sub: "100000000000000000000",
    });
    const data = Buffer.from(`{"emailAddress":${JSON.stringify(email)},"historyId":${historyId}}`);
    const message = {
      data: data.toString("base64"),
      messageId,
      message_id: messageId,
      publishTime,
      publish_time: publishTime,
    };
    try {
      const answer = await fetch(endpoint, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ message, subscription }),
        redirect: "manual",
        signal: AbortSignal.timeout(answerMsMax),
      });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 0;
    }
  }

  private forget(): void {
    for (const { timer } of this.rhythms.values()) if (timer !== null) clearTimeout(timer);
    this.rhythms.clear();
    for (const timer of this.retries) clearTimeout(timer);
    this.retries.clear();
    this.waiting.length = 0;
  }
}
