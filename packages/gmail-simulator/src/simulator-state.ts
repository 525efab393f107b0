import { CallCounters } from "./call-counters.ts";
import { FaultTable } from "./faults/fault-table.ts";
import { AccessTokens } from "./gmail/access-tokens.ts";
import { generatedSource } from "./mailbox/generated-source.ts";
import { Mailbox } from "./mailbox/mailbox.ts";
import { openMaildirSource } from "./mailbox/maildir-source.ts";
import { openMboxSource } from "./mailbox/mbox-source.ts";
import { emptySource, type MessageSource } from "./mailbox/message-source.ts";
import { AuthorizationCodes } from "./oauth/authorization-codes.ts";
import type { GmailSimulatorOptions, MailboxSpec } from "./options.ts";
import { PushSender } from "./push/push-sender.ts";
import { QuotaMeter } from "./quota/quota-meter.ts";
import { Random } from "./random.ts";

/** All that one simulator holds. */
export class SimulatorState {
  readonly tokens: AccessTokens;
  /** How long a consent is good for. */
  readonly consentMs: number;
  readonly codes = new AuthorizationCodes();
  readonly meter: QuotaMeter;
  readonly faults = new FaultTable();
  readonly counters = new CallCounters();
  /** Tells of changes of watched mailboxes. */
  readonly push: PushSender;
  /** For what only has to look like chance: the order of a batch's parts, the noise in attachment ids. */
  readonly random: Random;
  readonly now: () => number;
  readonly latencyMs: number;
  readonly inlineTextBytesMax: number;
  readonly concurrentCallsUser: number;
  readonly seed: number;
  private readonly historyIdStart: bigint;
  private readonly mailboxes = new Map<string, Mailbox>();
  private readonly inFlight = new Map<string, number>();

  constructor(options: GmailSimulatorOptions) {
    this.seed = options.seed ?? 1;
    this.now = options.now ?? Date.now;
    this.push = new PushSender(this.now);
    this.latencyMs = options.latencyMs ?? 0;
    this.inlineTextBytesMax = options.inlineTextBytesMax ?? 256 * 1024;
    this.historyIdStart = options.historyIdStart ?? 1_000_000n;
    this.concurrentCallsUser = options.concurrentCallsUser ?? Number.POSITIVE_INFINITY;
    this.random = new Random(this.seed);
    this.tokens = new AccessTokens(options.accessTokenSeconds ?? 3_600);
    this.consentMs = (options.consentSeconds ?? Number.POSITIVE_INFINITY) * 1_000;
    this.meter = new QuotaMeter({
      plan: options.quotas ?? "gmail-2026",
      unitsPerMinuteUser: options.unitsPerMinuteUser,
      unitsPerMinuteProject: options.unitsPerMinuteProject,
      clockFactor: options.clockFactor ?? 1,
    });
  }

  /** Opens a mailbox; throws RangeError when there is one of that address. */
  async addMailbox(spec: MailboxSpec | { readonly email: string }, seed = this.seed): Promise<Mailbox> {
    const email = spec.email.toLowerCase();
    if (this.mailboxes.has(email)) throw new RangeError(`there is a mailbox ${email} already`);
    const source = await openSource(spec, email, seed);
    const mailbox: Mailbox = new Mailbox({
      email,
      source,
      seed,
      historyIdStart: this.historyIdStart,
      onChange: () => this.push.changed(mailbox),
    });
    this.mailboxes.set(email, mailbox);
    return mailbox;
  }

  findMailbox(email: string): Mailbox | null {
    return this.mailboxes.get(email.toLowerCase()) ?? null;
  }

  listMailboxes(): Mailbox[] {
    return [...this.mailboxes.values()];
  }

  async removeMailbox(mailbox: Mailbox): Promise<void> {
    this.tokens.expireAll(mailbox.email);
    this.mailboxes.delete(mailbox.email);
    await mailbox.close();
  }

  async close(): Promise<void> {
    this.push.close();
    for (const mailbox of this.mailboxes.values()) await mailbox.close();
  }

  /** Counts a call of a mailbox as begun; false when too many are under way. Pair with leave. */
  enter(email: string): boolean {
    const count = this.inFlight.get(email) ?? 0;
    if (count >= this.concurrentCallsUser) return false;
    this.inFlight.set(email, count + 1);
    return true;
  }

  leave(email: string): void {
    const count = (this.inFlight.get(email) ?? 1) - 1;
    if (count <= 0) this.inFlight.delete(email);
    else this.inFlight.set(email, count);
  }
}

async function openSource(
  spec: MailboxSpec | { readonly email: string },
  email: string,
  seed: number,
): Promise<MessageSource> {
  if ("generate" in spec) return generatedSource(email, spec.generate, seed);
  if ("mbox" in spec) return await openMboxSource(spec.mbox);
  if ("maildir" in spec) return await openMaildirSource(spec.maildir);
  return emptySource;
}
