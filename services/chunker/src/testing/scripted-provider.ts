import type {
  ListedPage,
  ListPageRequest,
  MailboxProfile,
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
}

export interface ScriptedProvider extends MailProvider {
  /** What it was asked, in order. */
  readonly asked: (string | ListPageRequest)[];
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
    mailbox: { profile: emptyProfile, pages: {}, ...mailbox },
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
    listLabels: notScripted,
    listChanges: notScripted,
    fetchMessages: notScripted,
    fetchAttachment: notScripted,
  };
}

function resultOf<T extends object>(answer: Answer<T>): ProviderResult<T> {
  return "fault" in answer ? { ok: false, fault: answer.fault } : { ok: true, value: answer };
}
