import { MillraceError } from "../millrace-error.ts";
import { backoffMs } from "./backoff-ms.ts";

export interface RetrySituation {
  readonly error: unknown;
  /** Doing it twice is doing it once. */
  readonly isRepeatable: boolean;
  /** How often it was repeated already. */
  readonly repeated: number;
  readonly repetitionsMax: number;
  /** From 0 to below 1. */
  readonly random: number;
}

const backoff = { baseMs: 250, capMs: 8_000 };
/** Who is asked to wait for longer is better told so. */
const retryAfterMsMax = 60_000;
const passing: ReadonlySet<number> = new Set([408, 500, 502, 503, 504]);

/** How long to wait before a request is sent again; null: it is not, and its error is the caller's to see. */
export function decideRetry(situation: RetrySituation): number | null {
  const { error, isRepeatable, repeated, repetitionsMax, random } = situation;
  if (!(error instanceof MillraceError) || repeated >= repetitionsMax) return null;
  const { status, code, retryAfterMs } = error;
  // A request that was refused for its rate was not carried out, whatever it was.
  if (status !== 429 && !(isRepeatable && mayPass(status, code))) return null;
  if (retryAfterMs !== null && retryAfterMs > retryAfterMsMax) return null;
  return Math.max(retryAfterMs ?? 0, backoffMs(repeated + 1, random, backoff));
}

const mayPass = (status: number | null, code: string): boolean =>
  status === null ? code === "unreachable" || code === "timeout" : passing.has(status);
