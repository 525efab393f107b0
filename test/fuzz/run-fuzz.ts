import fc from "fast-check";
import { type ApiState, changedParts } from "./api-state.ts";
import { checkAnswer } from "./check-answer.ts";
import type { Route } from "./describe-routes.ts";
import { type CallerName, type FuzzRequest, type RequestWorld, requestsOf } from "./make-requests.ts";
import type { Answer, Sender } from "./send-request.ts";

export interface FuzzTarget {
  readonly world: RequestWorld;
  readonly tenantId: string;
  readonly sender: Sender;
  readonly state: ApiState;
  readonly headersOf: (caller: CallerName) => Readonly<Record<string, string>>;
}

export interface FuzzReport {
  readonly requests: number;
  readonly violations: readonly string[];
  /** How many answers had each status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly routes: number;
  /** Routes that no request succeeded at. */
  readonly neverSucceeded: readonly string[];
}

const violationsMax = 20;
const reading = new Set(["GET", "HEAD"]);
/** What was accepted before may still be on its way into the views. */
const settleTries = 50;
const settleMs = 20;

/** Asks everything at random, one request after the other, so that it is known which of them changed something. */
export async function runFuzz(
  target: FuzzTarget,
  requests: number,
  seed: number,
  onProgress: (done: number) => void,
): Promise<FuzzReport> {
  const violations: string[] = [];
  const statuses: Record<string, number> = {};
  const succeeded = new Set<string>();
  let known: string | null = null;
  let done = 0;
  for (const fuzz of fc.sample(requestsOf(target.world), { numRuns: requests, seed })) {
    if (violations.length >= violationsMax) break;
    const changes = !reading.has(fuzz.route.method);
    if (changes) known ??= await target.state.read();
    const answer = await send(target, fuzz);
    const found = checkAnswer(fuzz, answer, target.tenantId);
    const status = answer?.status ?? 0;
    if (status >= 400 && changes) {
      const now = await target.state.read();
      const changed = changedParts(known ?? "", now);
      known = now;
      if (changed !== "" && (await changesAgain(target, fuzz)))
        found.push(`it was refused and changed ${changed}`);
    } else if (changes) known = null;
    if (status < 400) succeeded.add(nameOf(fuzz.route));
    statuses[status] = (statuses[status] ?? 0) + 1;
    violations.push(...found.map((what) => describe(fuzz, status, what)));
    onProgress(++done);
  }
  return {
    requests: done,
    violations,
    statuses,
    routes: target.world.routes.length,
    neverSucceeded: target.world.routes.map(nameOf).filter((name) => !succeeded.has(name)),
  };
}

export const nameOf = ({ method, path }: Route): string => `${method} ${path}`;

const send = ({ sender, headersOf }: FuzzTarget, fuzz: FuzzRequest): Promise<Answer | null> =>
  sender.send(fuzz, headersOf(fuzz.caller));

/** Whether the same request, once nothing else is under way, changes something again. */
async function changesAgain(target: FuzzTarget, fuzz: FuzzRequest): Promise<boolean> {
  const before = await settled(target.state);
  await send(target, fuzz);
  return (await settled(target.state)) !== before;
}

async function settled(state: ApiState): Promise<string> {
  let before = await state.read();
  for (let tries = 0; tries < settleTries; tries++) {
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const now = await state.read();
    if (now === before) return now;
    before = now;
  }
  return before;
}

function describe({ route, url, caller, body, headers }: FuzzRequest, status: number, what: string): string {
  const asked = `${route.method} ${url.slice(0, 300)} by ${caller}`;
  const with_ = body === null ? "" : ` with ${body.contentType} ${body.text.slice(0, 500)}`;
  const more = Object.keys(headers).length === 0 ? "" : ` and ${JSON.stringify(headers).slice(0, 200)}`;
  return `${what}: ${asked}${with_}${more} (${status})`;
}
