import { createMillrace, type Millrace, MillraceError } from "@millrace/client";
import type { ScheduleConfig } from "@millrace/shared/retention/schedule-env";
import { chooseTarget, keylessTarget, type Target } from "../api/choose-target.ts";
import { explainTo } from "../api/explain-error.ts";
import { isOperatorKey } from "../api/is-operator-key.ts";
import { CommandError } from "../program/exit-codes.ts";
import type { Env } from "../program/surroundings.ts";
import { checkAccounts } from "./check-accounts.ts";
import { checkForecasts } from "./check-forecasts.ts";
import { checkRetention } from "./check-retention.ts";
import { type Finding, fail, ok, skipped } from "./finding.ts";
import { type ClockReading, judgeClock } from "./judge-clock.ts";
import { judgeKey } from "./judge-key.ts";

const answerMsMax = 10_000;
/** HTTP tells the second and no more. */
const secondMs = 1_000;

/**
 * What the API says: whether it is there and ready, what the key opens, which mailboxes need a person, whether retention runs. What
 * is named and makes no sense is a failure, and an address without a key is looked at as far as nobody needs one.
 */
export async function checkApi(
  env: Env,
  profile: string | undefined,
  schedules: ScheduleConfig,
): Promise<Finding[]> {
  let target: Target;
  try {
    target = chooseTarget(env, profile);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return checkWithoutTarget(env, profile, error.message);
  }
  return lookAt(target, target.key, (millrace) => checkWithKey(millrace, target, schedules));
}

/** @param todo what to do, so that there is an address and a key for it */
async function checkWithoutTarget(env: Env, profile: string | undefined, todo: string): Promise<Finding[]> {
  const target = profile === undefined ? keylessTarget(env) : null;
  const noKey = skipped("api.key", "Keys and mailboxes were not looked at", todo);
  if (target !== null) return lookAt(target, null, async () => [noKey]);
  const isNamed = profile !== undefined || Boolean(env.MILLRACE_URL);
  return [(isNamed ? fail : skipped)("api.reachable", "The API was not looked at", todo)];
}

/**
 * @param key null: there is none
 * @param lookFurther once the API answers
 */
async function lookAt(
  target: Target,
  key: string | null,
  lookFurther: (millrace: Millrace) => Promise<Finding[]>,
): Promise<Finding[]> {
  const clocks: ClockReading[] = [];
  const millrace = createMillrace({
    baseUrl: target.url,
    ...(key !== null && { key }),
    retries: 0,
    answerMsMax,
    fetch: datedFetch((reading) => clocks.push(reading)),
  });
  const began = performance.now();
  try {
    await millrace.health.live();
  } catch (error) {
    return [failure("api.reachable", error, target)];
  }
  const reachable = ok(
    "api.reachable",
    `${target.url} answers in ${Math.round(performance.now() - began)} ms`,
  );
  return [
    reachable,
    ...clocks.slice(0, 1).map((reading) => judgeClock("api.clock", "The API's", reading)),
    await checkReadiness(millrace),
    ...(await lookFurther(millrace)),
  ];
}

async function checkWithKey(
  millrace: Millrace,
  target: Target,
  schedules: ScheduleConfig,
): Promise<Finding[]> {
  const key = await checkKey(millrace, target);
  return key.status === "fail" ? [key] : [key, ...(await checkWhatTheKeyOpens(millrace, target, schedules))];
}

async function checkWhatTheKeyOpens(
  millrace: Millrace,
  target: Target,
  schedules: ScheduleConfig,
): Promise<Finding[]> {
  const accounts = await checkAccounts(millrace, target);
  if (!isOperatorKey(target.key)) return accounts;
  return [...accounts, ...(await checkForecasts(millrace)), ...(await checkRetention(millrace, schedules))];
}

/** Reads the API's clock out of the answers. */
function datedFetch(onDate: (reading: ClockReading) => void): typeof fetch {
  return async (input, init) => {
    const askedMs = Date.now();
    const response = await fetch(input, init);
    const answeredMs = Date.now();
    const dateMs = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(dateMs))
      onDate({
        theirsMs: dateMs + secondMs / 2,
        oursMs: (askedMs + answeredMs) / 2,
        uncertaintyMs: (secondMs + answeredMs - askedMs) / 2,
      });
    return response;
  };
}

async function checkReadiness(millrace: Millrace): Promise<Finding> {
  try {
    const { parts } = await millrace.health.ready();
    return ok(
      "api.ready",
      `ready: ${Object.entries(parts)
        .map(([part, state]) => `${part} ${state}`)
        .join(", ")}`,
    );
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return fail(
      "api.ready",
      error.detail,
      "Start the part that is away, or mend its address in sync-api's environment.",
    );
  }
}

async function checkKey(millrace: Millrace, target: Target): Promise<Finding> {
  try {
    return judgeKey(await millrace.me(), target.keyFrom, Date.now());
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return failure("api.key", error, target);
  }
}

function failure(check: string, error: unknown, target: Target): Finding {
  const { found, todo } = explainTo(error, target, true);
  return fail(check, found, todo ?? "Look at sync-api's log.");
}
