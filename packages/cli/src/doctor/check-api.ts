import { createMillrace, type Millrace, MillraceError } from "@millrace/client";
import type { ScheduleConfig } from "@millrace/shared/retention/schedule-env";
import { chooseTarget, type Target } from "../api/choose-target.ts";
import { explainTo } from "../api/explain-error.ts";
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

/** What the API says: whether it is there and ready, what the key opens, which mailboxes need a person, whether retention runs. */
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
    return [skipped("api.reachable", "The API was not looked at", error.message)];
  }
  const clocks: ClockReading[] = [];
  const millrace = createMillrace({
    baseUrl: target.url,
    key: target.key,
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
  const key = await checkKey(millrace, target);
  return [
    reachable,
    ...clocks.slice(0, 1).map((reading) => judgeClock("api.clock", "The API's", reading)),
    await checkReadiness(millrace),
    ...key,
    ...(key.some(({ status }) => status === "fail")
      ? []
      : await checkWhatTheKeyOpens(millrace, target, schedules)),
  ];
}

async function checkWhatTheKeyOpens(
  millrace: Millrace,
  target: Target,
  schedules: ScheduleConfig,
): Promise<Finding[]> {
  const accounts = await checkAccounts(millrace, target);
  if (!target.key.startsWith("mro_")) return accounts;
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

async function checkKey(millrace: Millrace, target: Target): Promise<Finding[]> {
  try {
    return [judgeKey(await millrace.me(), target.keyFrom, Date.now())];
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return [failure("api.key", error, target)];
  }
}

function failure(check: string, error: unknown, target: Target): Finding {
  const { found, todo } = explainTo(error, target, true);
  return fail(check, found, todo ?? "Look at sync-api's log.");
}
