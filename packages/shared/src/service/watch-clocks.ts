import type { Nats } from "../nats/connect-nats.ts";
import { eventStream } from "../nats/topology.ts";
import type { Pool } from "../postgres/create-pool.ts";
import type { Logger } from "../runtime/create-logger.ts";
import { clockSkew } from "../telemetry/metrics/service-metrics.ts";

const everyMs = 60_000;
/** What was measured longer ago says nothing: the part is away. */
const freshMs = 3 * everyMs;
/** From then on it is worth a word. */
export const skewMsMax = 2_000;

export interface ClockPorts {
  readonly nats: Pick<Nats, "jsm">;
  readonly pool: Pick<Pool, "ofNobody">;
  readonly log: Logger;
  /** This machine's clock, milliseconds since the epoch. */
  readonly nowMs?: () => number;
}

type Part = "nats" | "postgres";

/**
 * By how much a clock differs from this machine's, at least: it was read somewhere between question and answer, and this
 * process may have been busy when the answer came.
 *
 * @returns milliseconds; positive: it is ahead of ours; 0 where that cannot be told
 */
export function surelySkewedMs(theirsMs: number, askedMs: number, answeredMs: number): number {
  if (theirsMs > answeredMs) return theirsMs - answeredMs;
  return theirsMs < askedMs ? theirsMs - askedMs : 0;
}

/** Measures both clocks once. A part that does not answer is left out. */
export async function measureClocks({
  nats,
  pool,
  nowMs = Date.now,
}: Omit<ClockPorts, "log">): Promise<Readonly<Partial<Record<Part, number>>>> {
  const measure = async (read: () => Promise<number>): Promise<number | undefined> => {
    try {
      const askedMs = nowMs();
      const theirsMs = Math.floor(await read()); // as ours is read, or it would be ahead by a part of a millisecond
      return Number.isNaN(theirsMs) ? undefined : surelySkewedMs(theirsMs, askedMs, nowMs());
    } catch {
      return undefined; // it is away: readiness says so
    }
  };
  const postgres = await measure(() => readDatabaseClock(pool));
  const broker = await measure(() => brokerMs(nats));
  return {
    ...(postgres === undefined ? {} : { postgres }),
    ...(broker === undefined ? {} : { nats: broker }),
  };
}

const sql = "select extract(epoch from clock_timestamp())::float8 * 1000 as ms";

/** @returns milliseconds since the epoch, by the database's clock. @throws the driver's errors while it is away */
export async function readDatabaseClock(pool: ClockPorts["pool"]): Promise<number> {
  const { rows } = await pool.ofNobody().query<{ ms: number }>(sql);
  return rows[0]?.ms ?? Number.NaN;
}

/** The server dates its answers; the client's types do not tell of it. */
async function brokerMs({ jsm }: ClockPorts["nats"]): Promise<number> {
  const { ts } = (await jsm.streams.info(eventStream.name)) as { ts?: unknown };
  return typeof ts === "string" ? Date.parse(ts) : Number.NaN;
}

/**
 * Measures by how much the clocks of broker and database differ from this machine's, once a minute, and says so when it is
 * more than two seconds.
 *
 * @returns ends it
 */
export function watchClocks(ports: ClockPorts): () => void {
  let seen: { readonly skews: Awaited<ReturnType<typeof measureClocks>>; readonly atMs: number } | null =
    null;
  const told = new Set<string>();
  const look = async (): Promise<void> => {
    const skews = await measureClocks(ports);
    seen = { skews, atMs: performance.now() };
    for (const [part, skewMs] of Object.entries(skews)) tell(ports.log, told, part, skewMs);
  };
  const end = clockSkew.observe(() =>
    seen === null || performance.now() - seen.atMs > freshMs
      ? []
      : Object.entries(seen.skews).map(([part, skewMs]) => ({
          value: skewMs / 1_000,
          attributes: { "millrace.part": part },
        })),
  );
  void look();
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    end();
  };
}

function tell(log: Logger, told: Set<string>, part: string, skewMs: number): void {
  const isSkewed = Math.abs(skewMs) > skewMsMax;
  if (isSkewed === told.has(part)) return;
  if (!isSkewed) told.delete(part);
  else {
    told.add(part);
    log.warn(
      { event: "clock.skewed", part, skewMs: Math.round(skewMs) },
      "its clock is not this machine's: have both keep time (NTP)",
    );
  }
}
