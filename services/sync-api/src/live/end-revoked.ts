import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import { isAliveKey } from "../access/is-alive-key.ts";
import type { LiveStreams } from "./live-streams.ts";

const everyMs = 5_000;

/** Of these keys and browser tokens, those that open nothing any more. */
const sql = `
  select held.id from unnest($1::text[]) as held (id)
  where not exists (
    select from api_keys k where k.id = held.id and ${isAliveKey("k")}
  ) and not exists (
    select from browser_tokens t join api_keys k on k.id = t.key_id
    where t.id = held.id and t.expires_at > now() and ${isAliveKey("k")}
  )`;

/**
 * Ends live streams within seconds after the key that opened them was revoked, or the key of the token that did. Asks for all
 * that are open at once, and not at all while there are none.
 *
 * @returns stops it
 */
export function endRevoked(pool: SweepingPool, streams: LiveStreams, log: Logger): () => void {
  let isAsking = false;
  const look = async (): Promise<void> => {
    const holders = streams.holders();
    if (isAsking || holders.length === 0) return;
    isAsking = true;
    try {
      const { rows } = await pool
        .ofAll()
        .query<{ id: string }>({ name: "revoked-holders", text: sql, values: [holders] });
      streams.endOf(new Set(rows.map(({ id }) => id)));
    } catch (err) {
      log.warn({ err }, "it cannot be told now whose streams are to end, the next turn comes");
    } finally {
      isAsking = false;
    }
  };
  const timer = setInterval(() => void look(), everyMs);
  return () => clearInterval(timer);
}
