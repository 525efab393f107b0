import { type AccountCourse, type ActiveSync, idleCourse } from "../../events/account-course.ts";
import {
  type ChunkProgress,
  isLetterOpen,
  noProgress,
  settleChunk,
  settleLetters,
} from "../../events/chunk-progress.ts";
import {
  coalesceSync,
  completeSync,
  endSync,
  holdSync,
  isPaused,
  loseConsent,
  queueSync,
  regainConsent,
  resumeSync,
  startSync,
} from "../../events/evolve-course.ts";
import { type Fact, type FactOf, factSchema } from "../../events/facts.ts";
import { emptyLedger } from "../../events/ledger.ts";
import type { PositionedEvent } from "../project-batch.ts";

const chunkSize = 3;
const pageChunks = 2;
const pagesMax = 3;
const accounts = ["acc_1", "acc_2"] as const;
const noMail = { added: [], changed: [], deleted: [] };
const messageOf = (syncId: string, ordinal: number): string => `${syncId}.m${ordinal}`;

interface Running {
  readonly pages: FactOf<"page.listed">[];
  progress: ChunkProgress;
  /** When the last chunk was settled: what the end is decided on. */
  atLastChunk: ChunkProgress;
  readonly letters: { readonly ordinal: number; readonly chunkIndex: number; isRedriving: boolean }[];
}

interface Mailbox {
  course: AccountCourse;
  readonly syncs: Map<string, Running>;
  requested: number;
}

/**
 * What may happen to two mailboxes, by chance: a history that the services could have written, with pauses, lost
 * consent, failures, dead letters, redrives, and syncs that end in every way.
 *
 * @param choices each decides one step; the same choices always give the same history
 * @param stepMs from one event to the next
 * @param id makes event ids and times of one history other than those of another
 */
export function randomHistory(
  choices: readonly number[],
  {
    epoch = 1,
    id = "e",
    stepMs = 1_000,
  }: { readonly epoch?: number; readonly id?: string; readonly stepMs?: number } = {},
): PositionedEvent[] {
  const mailboxes = new Map<string, Mailbox>(
    accounts.map((account) => [account, { course: idleCourse, syncs: new Map(), requested: 0 }]),
  );
  const events: PositionedEvent[] = [];
  for (const choice of choices) {
    const accountId = accounts[choice % accounts.length] ?? accounts[0];
    const chance = chanceFrom(Math.floor(choice / accounts.length));
    const mailbox = mailboxes.get(accountId);
    const time = new Date(Date.UTC(2026, 0, epoch) + events.length * stepMs).toISOString();
    const fact = mailbox === undefined ? null : nextFact(mailbox, accountId, chance, time);
    if (fact === null || mailbox === undefined) continue;
    const seq = events.length + 1;
    const event = { id: `${id}${seq}`, tenantId: "acme", accountId, time, source: "test", fact };
    events.push({ position: { epoch, seq }, event: { ...event, fact: factSchema.parse(fact) } });
  }
  return events;
}

/** Numbers below a bound, one after the other, out of one choice. */
function chanceFrom(choice: number): (below: number) => number {
  let rest = choice;
  return (below) => {
    const value = rest % below;
    rest = Math.floor(rest / below);
    return value;
  };
}

type Chance = ReturnType<typeof chanceFrom>;

function nextFact(mailbox: Mailbox, accountId: string, chance: Chance, time: string): Fact | null {
  const { active } = mailbox.course;
  const what = chance(24);
  if (what === 0) return pause(mailbox, chance, time);
  if (what === 1) return resume(mailbox, chance, time);
  if (what === 2) return loseOrRegain(mailbox, chance, time);
  if (what === 3) return endEarly(mailbox, chance);
  if (what === 4) return request(mailbox, accountId, chance, time);
  if (what === 5) return aside(mailbox, accountId);
  if (what <= 9) return tendLetters(mailbox, chance);
  if (active === null) return startNext(mailbox, accountId, time);
  const running = mailbox.syncs.get(active.syncId);
  if (running === undefined) return null;
  if (what <= 12) return failAttempt(active, running, chance, time);
  return work(mailbox, active, running, chance, time);
}

function newRequest(mailbox: Mailbox, accountId: string, time: string) {
  const syncId = `${accountId}-s${mailbox.requested++}`;
  return { syncId, mode: "full", trigger: "api", requestedAt: time, query: "in:inbox" } as const;
}

function startNext(mailbox: Mailbox, accountId: string, time: string): Fact | null {
  const request =
    mailbox.course.waiting.find(({ syncId }) => !isPaused(mailbox.course, syncId)) ??
    (mailbox.course.waiting.length > 0 ? undefined : newRequest(mailbox, accountId, time));
  if (request === undefined) return null;
  const sync: ActiveSync = {
    syncId: request.syncId,
    mode: "full",
    requestedMode: "full",
    scope: {},
    chunkSize,
    windowChunks: 4,
    content: "full",
    startedAt: time,
    run: 0,
    plan: ["listing", "reconcile", "changes"],
    since: null,
    round: 0,
    joined: 0,
    pausedMs: 0,
  };
  mailbox.syncs.set(sync.syncId, { pages: [], progress: noProgress, atLastChunk: noProgress, letters: [] });
  mailbox.course = startSync(mailbox.course, sync);
  return { type: "sync.started", syncId: sync.syncId, sync, request, course: mailbox.course };
}

function request(mailbox: Mailbox, accountId: string, chance: Chance, time: string): Fact | null {
  const { active, waiting } = mailbox.course;
  if (active === null || waiting.length > 3) return null;
  const asked = newRequest(mailbox, accountId, time);
  const { syncId } = asked;
  if (chance(3) === 0) {
    mailbox.course = coalesceSync(mailbox.course, syncId, active.syncId);
    return { type: "sync.coalesced", syncId, into: active.syncId, request: asked, course: mailbox.course };
  }
  mailbox.course = queueSync(mailbox.course, asked);
  return { type: "sync.queued", syncId, behind: active.syncId, request: asked, course: mailbox.course };
}

function anySync({ course }: Mailbox, chance: Chance): string | null {
  const ids = [...(course.active === null ? [] : [course.active]), ...course.waiting].map(
    ({ syncId }) => syncId,
  );
  return ids[chance(Math.max(1, ids.length))] ?? null;
}

function pause(mailbox: Mailbox, chance: Chance, time: string): Fact | null {
  const syncId = anySync(mailbox, chance);
  if (syncId === null) return null;
  mailbox.course = holdSync(mailbox.course, syncId, time);
  return {
    type: "sync.paused",
    syncId,
    reason: "requested",
    message: "later",
    request: null,
    course: mailbox.course,
  };
}

function resume(mailbox: Mailbox, chance: Chance, time: string): Fact | null {
  const syncId = anySync(mailbox, chance);
  if (syncId === null) return null;
  mailbox.course = resumeSync(mailbox.course, syncId, time);
  return { type: "sync.resumed", syncId, course: mailbox.course };
}

function loseOrRegain(mailbox: Mailbox, chance: Chance, time: string): Fact | null {
  const { active, waiting, consentLost } = mailbox.course;
  if (consentLost === null && active !== null) {
    mailbox.course = loseConsent(mailbox.course, time, "invalid_grant");
    const { syncId } = active;
    const message = "invalid_grant";
    return {
      type: "sync.paused",
      syncId,
      reason: "consent_lost",
      message,
      request: null,
      course: mailbox.course,
    };
  }
  const underWay = [...(active === null ? [] : [active]), ...waiting].map(({ syncId }) => syncId);
  mailbox.course = regainConsent(mailbox.course, time);
  const { course } = mailbox;
  if (chance(4) === 0)
    return { type: "account.restored", reason: "the log was lost", restored: underWay, course };
  return { type: "account.reconnected", resumed: underWay, course };
}

function endEarly(mailbox: Mailbox, chance: Chance): Fact | null {
  if (chance(3) > 0) return null;
  const syncId = anySync(mailbox, chance);
  if (syncId === null) return null;
  mailbox.course = endSync(mailbox.course, syncId);
  const { course } = mailbox;
  if (chance(2) === 0) return { type: "sync.cancelled", syncId, request: null, course };
  return { type: "sync.failed", syncId, category: "unknown", message: "no", request: null, course };
}

function aside(mailbox: Mailbox, accountId: string): Fact {
  const { active } = mailbox.course;
  if (active === null) {
    return {
      type: "request.rejected",
      reason: "no JSON",
      subject: `s.${accountId}`,
      payload: "x",
      payloadBytes: 1,
    };
  }
  return {
    type: "sync.stalled",
    syncId: active.syncId,
    chunkIndexes: [0],
    pageNumber: null,
    reason: "not queued",
  };
}

const listedChunks = ({ pages }: Running): number => pages.length * pageChunks;

function isListed({ pages }: Running): boolean {
  return pages.at(-1)?.nextPageToken === null;
}

function failAttempt(active: ActiveSync, running: Running, chance: Chance, time: string): Fact {
  const common = {
    syncId: active.syncId,
    category: "transient",
    message: "503",
    attempt: 1 + chance(4),
    next: "retry",
    nextAt: time,
  } as const;
  if (running.pages.length === 0) return { type: "page.attempt_failed", ...common, pageNumber: 0 };
  const chunkIndex = chance(listedChunks(running));
  const settled = chance(chunkSize);
  return {
    type: "chunk.attempt_failed",
    ...common,
    chunkIndex,
    settled,
    open: chunkSize - settled,
    isRedrive: false,
  };
}

function work(
  mailbox: Mailbox,
  active: ActiveSync,
  running: Running,
  chance: Chance,
  time: string,
): Fact | null {
  const isTurnOfPage = running.pages.length === 0 || chance(3) === 0;
  if (isTurnOfPage && !isListed(running)) return listPage(active, running);
  const open = Array.from({ length: listedChunks(running) }, (_, i) => i).filter(
    (index) => !running.progress.settled.some(([first, last]) => first <= index && index <= last),
  );
  if (open.length > 0) return settle(active, running, open[chance(open.length)] ?? 0, chance);
  return isListed(running) ? complete(mailbox, active, running, time) : listPage(active, running);
}

function listPage({ syncId }: ActiveSync, running: Running): Fact {
  const pageNumber = running.pages.length;
  const size = chunkSize * pageChunks;
  const page: FactOf<"page.listed"> = {
    type: "page.listed",
    syncId,
    pageNumber,
    messageIds: Array.from({ length: size }, (_, i) => messageOf(syncId, pageNumber * size + i)),
    nextPageToken: pageNumber + 1 < pagesMax ? "more" : null,
    firstChunk: pageNumber * pageChunks,
    chunkCount: pageChunks,
    chunkSize,
    listedBefore: pageNumber * size,
    estimatedTotal: size * pagesMax + pageNumber,
    baseline: pageNumber === 0 ? "41" : null,
    stage: "listing",
    round: 0,
    since: "41",
    watermark: null,
    joined: 0,
    hadCopy: false,
    mark: "",
    changes: null,
  };
  running.pages.push(page);
  return page;
}

function settle({ syncId }: ActiveSync, running: Running, chunkIndex: number, chance: Chance): Fact {
  const isSetAside = chance(10) === 0;
  const deadLettered = isSetAside ? chunkSize : Math.max(0, chance(8) - 5);
  const ledger = { ...emptyLedger, listed: chunkSize, stored: chunkSize - deadLettered, deadLettered };
  const first = running.progress.letterCount;
  const letters = Array.from({ length: deadLettered }, (_, i) => ({
    ordinal: first + i,
    messageId: messageOf(syncId, first + i),
    category: "bad_item" as const,
    message: "cannot be read",
  }));
  running.progress = settleChunk(running.progress, chunkIndex, ledger) ?? running.progress;
  running.atLastChunk = running.progress;
  running.letters.push(...letters.map(({ ordinal }) => ({ ordinal, chunkIndex, isRedriving: false })));
  const common = {
    syncId,
    chunkIndex,
    pageNumber: Math.floor(chunkIndex / pageChunks),
    lane: "bulk",
    ledger,
    attempt: 1 + chance(3),
    letters,
    mail: noMail,
    progress: running.progress,
  } as const;
  if (!isSetAside) return { type: "chunk.fetched", ...common };
  return { type: "chunk.dead_lettered", ...common, category: "crash_loop", message: "killed its worker" };
}

/** Dead letters may have been settled since. */
function complete(mailbox: Mailbox, { syncId }: ActiveSync, running: Running, time: string): Fact {
  const { ledger, revision, settledCount } = running.atLastChunk;
  mailbox.course = completeSync(mailbox.course, syncId, time);
  return {
    type: "sync.completed",
    syncId,
    status: ledger.deadLettered === 0 ? "completed" : "partial",
    ledger,
    revision,
    chunkCount: settledCount,
    watermark: time,
    course: mailbox.course,
  };
}

function tendLetters(mailbox: Mailbox, chance: Chance): Fact | null {
  const open = [...mailbox.syncs].flatMap(([syncId, running]) =>
    running.letters
      .filter(({ ordinal }) => isLetterOpen(running.progress, ordinal))
      .map((letter) => ({ syncId, running, letter })),
  );
  const one = open[chance(Math.max(1, open.length))];
  if (one === undefined) return null;
  const { syncId, running, letter } = one;
  const { ordinal, chunkIndex } = letter;
  const what = chance(4);
  if (!letter.isRedriving && what > 0) {
    letter.isRedriving = true;
    const letters = [{ ordinal, messageId: messageOf(syncId, ordinal) }];
    return { type: "dead_letters.redriven", syncId, chunkIndex, content: "raw", letters };
  }
  if (letter.isRedriving && what === 1) {
    letter.isRedriving = false;
    const letters = [
      { ordinal, messageId: messageOf(syncId, ordinal), category: "unknown" as const, message: "still not" },
    ];
    return { type: "dead_letters.refused", syncId, chunkIndex, attempt: 2, letters };
  }
  const outcome = letter.isRedriving ? (["stored", "gone", "unchanged"] as const)[chance(3)] : "discarded";
  const settled = settleLetters(running.progress, [{ ordinal, outcome: outcome ?? "stored" }]);
  if (settled === null) return null;
  running.progress = settled.progress;
  const { progress } = running;
  return {
    type: "dead_letters.settled",
    syncId,
    chunkIndex,
    letters: settled.settled,
    mail: noMail,
    progress,
  };
}
