import type {
  ListChangesRequest,
  ListedChanges,
  ListedPage,
  ListPageRequest,
  MailboxProfile,
  MailLabel,
  MailProvider,
  ProviderFault,
  ProviderResult,
  ProviderSession,
} from "@millrace/shared/providers/mail-provider";

type Answer<T> = T | { readonly fault: ProviderFault };

/** A mailbox that answers what it is told to. */
export interface ScriptedMailbox {
  readonly profile: Answer<MailboxProfile>;
  /** By the page token; "" for the first page. */
  readonly pages: Readonly<Record<string, Answer<ListedPage>>>;
  /** By the page token; "" for the first page. */
  readonly changes: Readonly<Record<string, Answer<ListedChanges>>>;
  readonly labels: Answer<readonly MailLabel[]>;
  /** From the second time on that labels are asked for; absent: as the first time. */
  readonly laterLabels?: readonly MailLabel[];
}

export interface ScriptedProvider extends MailProvider {
  /** What it was asked, in order. */
  readonly asked: (string | ListPageRequest | ListChangesRequest)[];
  mailbox: ScriptedMailbox;
}

export const emptyProfile: MailboxProfile = {
  email: "a@example.com",
  watermark: "42",
  messagesTotal: 1_234,
};

export const faultOf = (
  category: ProviderFault["category"],
  more: Partial<ProviderFault> = {},
): { readonly fault: ProviderFault } => ({ fault: { category, message: `it is ${category}`, ...more } });

export function scriptedProvider(mailbox: Partial<ScriptedMailbox> = {}): ScriptedProvider {
  const provider: ScriptedProvider = {
    name: "scripted",
    asked: [],
    mailbox: { profile: emptyProfile, pages: {}, changes: {}, labels: [], ...mailbox },
    connect: () => sessionOf(provider),
  };
  return provider;
}

function sessionOf(provider: ScriptedProvider): ProviderSession {
  const notScripted = () => {
    throw new Error("this was not to be asked");
  };
  return {
    getProfile: async () => {
      provider.asked.push("profile");
      return resultOf(provider.mailbox.profile);
    },
    listPage: async (request) => {
      provider.asked.push(request);
      const page = provider.mailbox.pages[request.pageToken ?? ""];
      return page === undefined ? notScripted() : resultOf(page);
    },
    listLabels: async () => {
      const { labels, laterLabels = labels } = provider.mailbox;
      const answer = provider.asked.includes("labels") ? laterLabels : labels;
      provider.asked.push("labels");
      return resultOf(answer);
    },
    listChanges: async (request) => {
      provider.asked.push(request);
      const page = provider.mailbox.changes[request.pageToken ?? ""];
      return page === undefined ? notScripted() : resultOf(page);
    },
    fetchMessages: notScripted,
    fetchAttachment: notScripted,
  };
}

function resultOf<T extends object>(answer: Answer<T>): ProviderResult<T> {
  return "fault" in answer ? { ok: false, fault: answer.fault } : { ok: true, value: answer };
}
