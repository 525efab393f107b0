import type {
  FetchedMessage,
  ListChangesRequest,
  ListedChanges,
  ListPageRequest,
  MailLabel,
  MailProvider,
  ProviderAccount,
  ProviderFault,
  ProviderResult,
  ProviderSession,
} from "@millrace/shared/providers/mail-provider";
import type { SimulatedProcess } from "../engine/simulated-process.ts";
import type { World } from "../world.ts";
import { hiddenAs, type Mailbox } from "./mailbox.ts";
import { simulatedMessage } from "./simulated-message.ts";

/** Credentials bear their version, so that the provider can refuse old ones. */
export const credentialsOf = (version: number): string => `refresh-${version}`;
const versionOf = (refreshToken: string): number => Number(refreshToken.slice("refresh-".length));

const retryAfterMs: readonly (number | null)[] = [null, 2_000, 40_000];

/** A mail provider over the mailboxes of a world. Each call, and each message of a batch, takes effect by itself. */
export function openMemoryProvider(world: World, process: SimulatedProcess): MailProvider {
  return {
    name: "memory",
    connect: (account) => {
      const mailbox = world.mailboxes.get(account.accountId);
      if (mailbox === undefined) throw new Error(`There is no mailbox ${account.accountId}`);
      return openSession(world, process, mailbox, account);
    },
  };
}

function openSession(
  world: World,
  process: SimulatedProcess,
  mailbox: Mailbox,
  account: ProviderAccount,
): ProviderSession {
  const version = versionOf(account.refreshToken);
  const call = async <T>(what: string, answer: () => T): Promise<ProviderResult<T>> => {
    await world.scheduler.point(process, what);
    if (process.signal.aborted) throw process.signal.reason;
    const fault = faultOf(world, mailbox, version);
    return fault === null ? { ok: true, value: answer() } : { ok: false, fault };
  };
  return {
    getProfile: () =>
      call("asks for the profile", () => ({
        email: account.email,
        watermark: String(mailbox.history),
        messagesTotal: mailbox.shown().length,
      })),
    listPage: (request) => call("asks for a page", () => listPage(world, mailbox, request)),
    listLabels: () => call("asks for the labels", () => [...mailbox.labels, "TRASH", "SPAM"].map(labelOf)),
    listChanges: async (request) => {
      const answer = await call("asks for changes", () => listChanges(world, mailbox, request));
      return answer.ok ? answer.value : answer;
    },
    fetchMessages: (ids) => fetchMessages(world, process, mailbox, version, ids),
    fetchAttachment: async () => ({
      ok: false,
      fault: { category: "gone", message: "no message here has attachments" },
    }),
  };
}

const labelOf = (id: string): MailLabel => ({
  id,
  name: id,
  type: "user",
  textColor: null,
  backgroundColor: null,
});

/** Newest first; a token names the message that the page before ended with, so mail that comes or goes shifts nothing. */
function listPage(
  world: World,
  mailbox: Mailbox,
  { labelIds = [], pageToken, withHidden = false }: ListPageRequest,
) {
  const isMeant = ({ hasLeft, labels }: Mailbox["messages"][number]): boolean =>
    !hasLeft &&
    (withHidden || hiddenAs(labels) === null) &&
    labelIds.every((labelId) => labels.includes(labelId));
  const end = pageToken === undefined ? mailbox.messages.length : Number(pageToken);
  // What lists hidden mail, too, compares: how long its pages are does not matter.
  const size = withHidden ? mailbox.messages.length : world.plan.pageSize;
  const ids: string[] = [];
  let index = end;
  while (index > 0 && ids.length < size) {
    const message = mailbox.messages[--index];
    if (message !== undefined && isMeant(message)) ids.push(message.id);
  }
  const isMore = mailbox.messages.slice(0, index).some(({ hasLeft }) => !hasLeft);
  return { ids, nextPageToken: isMore ? String(index) : null, estimatedTotal: null };
}

/** Oldest first, a few a page; a token names the last that the page before told. */
function listChanges(
  { plan }: World,
  { records, history, forgottenTo }: Mailbox,
  { since, pageToken }: ListChangesRequest,
): ProviderResult<ListedChanges> {
  if (Number(since) < forgottenTo) {
    return { ok: false, fault: { category: "watermark_expired", message: "404", status: 404 } };
  }
  const after = Number(pageToken ?? since);
  const rest = records.filter(({ at }) => Number(at) > after);
  const changes = rest.slice(0, plan.recordsPerPage);
  const nextPageToken = rest.length > changes.length ? (changes.at(-1)?.at ?? null) : null;
  return { ok: true, value: { changes, nextPageToken, watermark: String(history) } };
}

/** In an order of its own; a batch may meet a fault as a whole. */
async function* fetchMessages(
  world: World,
  process: SimulatedProcess,
  mailbox: Mailbox,
  version: number,
  ids: readonly string[],
): AsyncGenerator<FetchedMessage> {
  const left = [...ids];
  let whole: ProviderFault | null = null;
  while (left.length > 0) {
    const [id] = left.splice(world.choices.below(left.length), 1);
    if (id === undefined) return;
    await world.scheduler.point(process, `fetches ${id}`);
    if (process.signal.aborted) throw process.signal.reason;
    const fault: ProviderFault | null = whole ?? faultOf(world, mailbox, version);
    if (fault !== null && world.choices.below(2) === 1) whole = fault;
    yield { id, result: fault === null ? await answer(world, process, mailbox, id) : { ok: false, fault } };
  }
}

async function answer(
  world: World,
  process: SimulatedProcess,
  mailbox: Mailbox,
  id: string,
): Promise<FetchedMessage["result"]> {
  const message = mailbox.find(id);
  if (message === null || message.hasLeft) return { ok: false, fault: { category: "gone", message: "404" } };
  switch (mailbox.kindOf(id)) {
    case "bad":
      return { ok: false, fault: { category: "bad_item", message: "no mail", raw: new Uint8Array([1]) } };
    case "poison":
      return { ok: false, fault: { category: "unknown", message: "nobody knows" } };
    case "thrower":
      throw new Error(`Nobody foresaw ${id}`);
    case "killer":
      world.killBy(process, id);
      await world.scheduler.point(process, "is dead");
  }
  return { ok: true, value: simulatedMessage(message) };
}

function faultOf(world: World, mailbox: Mailbox, version: number): ProviderFault | null {
  if (mailbox.refuses(version)) {
    return { category: "consent_lost", message: "invalid_grant", isConfirmed: true };
  }
  const { choices, scheduler } = world;
  if (!choices.chance(world.rates.provider)) return null;
  const category = choices.pick(world.plan.faults);
  const fault: ProviderFault = { category, message: `it is ${category}` };
  const afterMs = choices.pick(retryAfterMs);
  return fault.category === "rate_limited" && afterMs !== null
    ? { ...fault, retryAtMs: scheduler.nowMs + afterMs }
    : fault;
}
