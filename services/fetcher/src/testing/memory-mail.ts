import type { MailMessage } from "@millrace/shared/mail/mail-message";
import type {
  FetchedMessage,
  MailProvider,
  ProviderFault,
  ProviderSession,
} from "@millrace/shared/providers/mail-provider";
import type { MessageOutcome } from "../fetch-report.ts";
import type { AppliedChange, AttachmentKeeper, MailStore } from "../fetcher-ports.ts";
import { givenMessage } from "./given.ts";

/** Of accounts that keep no attachments. */
export const noAttachments: AttachmentKeeper = { keep: async () => new Map() };

export interface MemoryStore extends MailStore {
  /** The messages of each write, in order. */
  readonly writes: string[][];
  readonly gone: string[];
  readonly raws: Map<string, Uint8Array>;
}

interface StoreOptions {
  /** Stored by an earlier delivery of the work. */
  readonly byThisWork?: readonly string[];
  /** Stored by somebody else. */
  readonly before?: readonly string[];
  /** What becomes of a message that is written; stored when not named. */
  readonly written?: Readonly<Record<string, MessageOutcome>>;
  /** What becomes of a change; its message has to be fetched when not named. */
  readonly applied?: Readonly<Record<string, AppliedChange>>;
}

/** Where mail is kept, in memory. */
export function memoryStore({
  byThisWork = [],
  before = [],
  written = {},
  applied = {},
}: StoreOptions = {}): MemoryStore {
  const stored = new Set(byThisWork);
  const writes: string[][] = [];
  const gone: string[] = [];
  const raws = new Map<string, Uint8Array>();
  return {
    writes,
    gone,
    raws,
    findStored: async ({ item }) => ({
      byThisWork: new Set(item.messageIds.filter((id) => stored.has(id))),
      before: new Set(before),
    }),
    write: async (_work, messages) => {
      writes.push(messages.map(({ id }) => id));
      const outcomes = messages.map(({ id }) => [id, written[id] ?? { kind: "stored" as const }] as const);
      for (const [id, { kind }] of outcomes) if (kind === "stored") stored.add(id);
      return new Map(outcomes);
    },
    keepRaw: async (_ref, id, raw) => void raws.set(id, raw),
    markGone: async (_work, ids) => void gone.push(...ids),
    applyChanges: async ({ item }) => {
      for (const id of item.messageIds) if (applied[id] === "stored") stored.add(id);
      return new Map(item.messageIds.map((id) => [id, applied[id] ?? "fetch"]));
    },
    findOther: async ({ item }) => before.find((id) => !item.messageIds.includes(id)) ?? null,
    mailOf: async ({ item }) => ({
      added: item.messageIds.filter((id) => stored.has(id)),
      changed: [],
      deleted: item.messageIds.filter((id) => gone.includes(id)),
    }),
  };
}

/** What a mailbox answers when it is asked for a message: the faults in turn, and after them the message. */
export type Answers = Readonly<Record<string, readonly (ProviderFault | "left out")[]>>;

export interface MemoryMailbox extends MailProvider {
  /** The ids of each call, in order; and each look at the profile. */
  readonly asked: (readonly string[] | "profile")[];
}

interface MailboxOptions {
  /** A message that is not named is there at once. */
  readonly answers?: Answers;
  readonly profile?: ProviderFault;
  readonly messageOf?: (id: string) => MailMessage;
  /** Called before a message is handed out. */
  readonly onMessage?: (id: string) => void;
}

export function memoryMailbox({
  answers = {},
  profile,
  messageOf = givenMessage,
  onMessage = () => {},
}: MailboxOptions = {}): MemoryMailbox {
  const asked: (readonly string[] | "profile")[] = [];
  const turns = new Map<string, number>();
  const notScripted = () => {
    throw new Error("this was not to be asked");
  };
  async function* fetchMessages(ids: readonly string[]): AsyncGenerator<FetchedMessage> {
    asked.push(ids);
    for (const id of ids) {
      const turn = turns.get(id) ?? 0;
      turns.set(id, turn + 1);
      const fault = answers[id]?.[turn];
      if (fault === "left out") continue;
      onMessage(id);
      yield { id, result: fault === undefined ? { ok: true, value: messageOf(id) } : { ok: false, fault } };
    }
  }
  const session: ProviderSession = {
    getProfile: async () => {
      asked.push("profile");
      return profile === undefined
        ? { ok: true, value: { email: "", watermark: "1", messagesTotal: null } }
        : { ok: false, fault: profile };
    },
    listPage: notScripted,
    listLabels: notScripted,
    listChanges: notScripted,
    fetchMessages,
    fetchAttachment: notScripted,
  };
  return { name: "memory", asked, connect: () => session };
}
