import { hash32, Random } from "@millrace/gmail-simulator/random";
import { derivedId } from "@millrace/shared/events/identifiers";
import { requestSubject } from "@millrace/shared/events/subjects";
import { syncRequestedType } from "@millrace/shared/events/sync-request";
import { headers as natsHeaders } from "@nats-io/transport-node";
import { pause } from "../world/pause.ts";
import type { Account, World } from "../world/world.ts";

const salt = 3;
const gapMinMs = 250;
const gapMaxMs = 1_100;
/** Requests of each kind that wait for an API or a broker that is away. */
const openMax = 20;
const retryMs = 400;
const eventSource = "/chaos";

interface Wish {
  readonly mode: "auto" | "full" | "incremental";
  readonly chunkSize?: number;
  readonly query?: string;
  readonly labelIds?: readonly string[];
}

/** Asks for syncs of every kind, over HTTP and with events, until the signal is aborted. */
export async function askForSyncs(world: World, signal: AbortSignal): Promise<void> {
  const random = new Random(hash32(world.seed, 0, salt));
  const waiting = { http: new Set<Promise<void>>(), event: new Set<Promise<void>>() };
  for (let number = 1; !signal.aborted; number++) {
    const account = random.pick(world.accounts);
    const wish = drawWish(random);
    const times = random.chance(0.2) ? 2 + random.below(2) : 1;
    const [ask, open] = random.chance(0.6) ? [askOverHttp, waiting.http] : [askWithEvent, waiting.event];
    if (open.size < openMax) {
      const asking = ask(world, account, wish, `chaos-${number}`, times, signal).finally(() =>
        open.delete(asking),
      );
      open.add(asking);
    }
    await pause(gapMinMs + random.float() * (gapMaxMs - gapMinMs), signal);
  }
  await Promise.all([...waiting.http, ...waiting.event]);
}

function drawWish(random: Random): Wish {
  const drawn = random.float();
  const chunk = random.chance(0.3) ? { chunkSize: 5 + random.below(200) } : {};
  if (drawn < 0.3) return { mode: "full", ...chunk };
  if (drawn < 0.6) return { mode: "auto", ...chunk };
  if (drawn < 0.75) return { mode: "incremental", ...chunk };
  if (drawn < 0.88)
    return { mode: "full", labelIds: [random.pick(["INBOX", "UNREAD", "STARRED"])], ...chunk };
  return {
    mode: "full",
    query: random.pick(["has:attachment", "is:unread", "from:a", "subject:re"]),
    ...chunk,
  };
}

/** One full sync of a mailbox, now. */
export function askNow(world: World, account: Account, key: string, signal: AbortSignal): Promise<void> {
  return askOverHttp(world, account, { mode: "full" }, key, 1, signal);
}

/** The same request `times` times at once, to copies by turns, each until it is accepted: they must name one sync. */
async function askOverHttp(
  world: World,
  account: Account,
  wish: Wish,
  key: string,
  times: number,
  signal: AbortSignal,
): Promise<void> {
  const beganMs = Date.now();
  const asks = Array.from({ length: times }, () => untilAccepted(world, account, wish, key, signal));
  const ids = new Set((await Promise.all(asks)).filter((id) => id !== null));
  const { notes } = world;
  // A Postgres that went back to a backup meanwhile cannot know the key any more.
  const isForgotten = notes.isPostgresBack || notes.restoresAtMs.some((restoredMs) => restoredMs >= beganMs);
  if (ids.size > 1 && !isForgotten)
    notes.fault(notes.doubledRequests, `key ${key} named ${[...ids].join(" and ")}`);
}

async function untilAccepted(
  { notes, register }: World,
  { api, accountId, tenantId }: Account,
  wish: Wish,
  key: string,
  signal: AbortSignal,
): Promise<string | null> {
  while (!signal.aborted) {
    const answer = await api
      .call({
        method: "POST",
        path: "/v1/syncs",
        body: { accountId, ...wish },
        headers: { "idempotency-key": key },
      })
      .catch(() => null);
    if (answer?.status === 202) {
      const id = String(answer.body.syncId);
      register.accept({ id, tenantId, accountId, how: "http", acceptedAtMs: Date.now() });
      return id;
    }
    if (answer !== null && answer.status < 500 && answer.status !== 429) {
      notes.fault(notes.refusals, `POST /v1/syncs answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      return null;
    }
    await pause(retryMs, signal);
  }
  return null;
}

/** The same CloudEvent `times` times; each is published until the broker acknowledges it. */
async function askWithEvent(
  world: World,
  { tenantId, accountId }: Account,
  wish: Wish,
  eventId: string,
  times: number,
  signal: AbortSignal,
): Promise<void> {
  const subject = requestSubject({ tenantId, accountId });
  for (let time = 0; time < times; time++) {
    if (!(await publishEvent(world, subject, wish, eventId, signal))) return;
    world.register.accept({
      // The rule by which an event's source and id name its sync.
      id: derivedId("syn", subject, eventSource, eventId),
      tenantId,
      accountId,
      how: "event",
      acceptedAtMs: Date.now(),
    });
  }
}

async function publishEvent(
  { asker }: World,
  subject: string,
  wish: Wish,
  eventId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const headers = natsHeaders();
  headers.set("ce-specversion", "1.0");
  headers.set("ce-type", syncRequestedType);
  headers.set("ce-source", eventSource);
  headers.set("ce-id", eventId);
  while (!signal.aborted) {
    try {
      await asker.publish(subject, JSON.stringify(wish), { headers });
      return true;
    } catch {
      await pause(retryMs, signal);
    }
  }
  return false;
}
