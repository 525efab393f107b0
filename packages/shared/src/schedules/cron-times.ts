import { Cron } from "croner";

export interface CronProblem {
  readonly field: "expression" | "timeZone";
  /** What is wrong, in words for whoever wrote it. */
  readonly message: string;
}

/** Five fields only, so that nothing runs more often than once a minute. */
const fields = 5;
/** An expression whose time has not come within the search of the library never comes. */
const never = "no day fits this expression";

/**
 * What keeps an expression from being a schedule; null when nothing does.
 *
 * @param now from when on a time must be found
 */
export function cronProblem(expression: string, timeZone: string, now = new Date()): CronProblem | null {
  if (!isTimeZone(timeZone))
    return { field: "timeZone", message: "is not a known IANA time zone, such as Europe/Berlin" };
  const count = expression.trim() === "" ? 0 : expression.trim().split(/\s+/).length;
  if (count !== fields)
    return {
      field: "expression",
      message: `must have ${fields} fields (minute, hour, day of the month, month, day of the week), and has ${count}`,
    };
  try {
    if (nextCronTime(expression, timeZone, now) === null) return { field: "expression", message: never };
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CronPattern: /, "") : String(error);
    return { field: "expression", message: why.slice(0, 300) };
  }
}

/**
 * The first time of an expression that is later than another. In local time: an hour that the clock leaves out runs
 * what was planned in it once, after it; a time of an hour that comes twice runs once.
 *
 * @returns null when there is none
 * @throws Error for an expression or time zone that is none
 */
export function nextCronTime(expression: string, timeZone: string, after: Date): Date | null {
  return new Cron(expression.trim(), { timezone: timeZone, paused: true }).nextRun(after);
}

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
    return timeZone !== "";
  } catch {
    return false;
  }
}
