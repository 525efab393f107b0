import type {
  FetchedMessage,
  ProviderFault,
  ProviderResult,
  PushProvider,
  PushSession,
} from "../../providers/mail-provider.ts";
import { providerBytes, providerCallSeconds, providerMessages } from "./provider-metrics.ts";

/** The same provider, measured at its port: whatever it asks of whom, the figures are named alike. */
export function measureProvider<P extends PushProvider>(provider: P): P {
  const { name } = provider;
  return { ...provider, connect: (account) => measureSession(name, provider.connect(account)) };
}

function measureSession(provider: string, session: PushSession): PushSession {
  const measured = async <T>(
    operation: string,
    call: Promise<ProviderResult<T>>,
  ): Promise<ProviderResult<T>> => {
    const end = beginCall(provider, operation);
    try {
      const result = await call;
      end(outcomeOf(result));
      return result;
    } catch (error) {
      end("error");
      throw error;
    }
  };
  return {
    getProfile: (signal) => measured("get_profile", session.getProfile(signal)),
    listPage: (request, signal) => measured("list_page", session.listPage(request, signal)),
    listLabels: (signal) => measured("list_labels", session.listLabels(signal)),
    listChanges: (request, signal) => measured("list_changes", session.listChanges(request, signal)),
    watch: (signal) => measured("watch", session.watch(signal)),
    stopWatch: (signal) => measured("stop_watch", session.stopWatch(signal)),
    revokeGrant: (signal) => measured("revoke_grant", session.revokeGrant(signal)),
    fetchMessages: (ids, content, signal) =>
      measureMessages(provider, session.fetchMessages(ids, content, signal)),
    async fetchAttachment(messageId, attachment, signal) {
      const call = session.fetchAttachment(messageId, attachment, signal);
      const result = await measured("fetch_attachment", call);
      return result.ok ? { ok: true, value: countBytes(provider, result.value) } : result;
    },
  };
}

/** Ends as the first of its messages that has a fault, if any has: a call that comes to nothing looks like that. */
async function* measureMessages(
  provider: string,
  messages: AsyncIterable<FetchedMessage>,
): AsyncGenerator<FetchedMessage> {
  const end = beginCall(provider, "fetch_messages");
  let outcome = "error";
  try {
    let fault: ProviderFault | null = null;
    for await (const message of messages) {
      countMessage(provider, message);
      if (!message.result.ok && message.result.fault.category !== "gone") fault ??= message.result.fault;
      yield message;
    }
    outcome = fault === null ? "ok" : nameOf(fault);
  } finally {
    end(outcome);
  }
}

function countMessage(provider: string, { result }: FetchedMessage): void {
  const by = { "millrace.provider": provider };
  providerMessages.add(1, { ...by, "millrace.outcome": outcomeOf(result) });
  if (result.ok) providerBytes.add(result.value.sizeBytes, { ...by, "millrace.kind": "message" });
}

async function* countBytes(provider: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const part of content) {
    providerBytes.add(part.byteLength, { "millrace.provider": provider, "millrace.kind": "attachment" });
    yield part;
  }
}

function beginCall(provider: string, operation: string): (outcome: string) => void {
  const beganMs = performance.now();
  return (outcome) =>
    providerCallSeconds.record((performance.now() - beganMs) / 1_000, {
      "millrace.provider": provider,
      "millrace.operation": operation,
      "millrace.outcome": outcome,
    });
}

const outcomeOf = (result: ProviderResult<unknown>): string => (result.ok ? "ok" : nameOf(result.fault));
const nameOf = (fault: ProviderFault): string => (fault.isOwnWait === true ? "own_wait" : fault.category);
