import type { LogPosition } from "@millrace/shared/projection/views";
import { z } from "zod";
import { formatVersion } from "../live/version.ts";
import type { Event } from "../resources/event.ts";
import { isoOf } from "../resources/time.ts";

/** $1 says whether a page's ids are shown; there are hundreds of them. */
export const eventColumns = `
  epoch, seq::float8, id, account_id as "accountId", sync_id as "syncId", type, source, happened_at as time,
  case when $1::boolean or not fact ? 'messageIds' then fact
    else (fact - 'messageIds') || jsonb_build_object('messageIdCount', jsonb_array_length(fact -> 'messageIds'))
  end as fact`;

export interface EventRow extends LogPosition {
  readonly id: string;
  readonly accountId: string;
  readonly syncId: string | null;
  readonly type: string;
  readonly source: string;
  readonly time: Date;
  readonly fact: Record<string, unknown>;
}

export function eventOf({ epoch, seq, time, ...row }: EventRow): Event {
  return { version: formatVersion({ epoch, seq }), ...row, time: isoOf(time) };
}

export const eventCursorSchema = z.tuple([
  z
    .int()
    .nonnegative()
    .max(2 ** 31 - 1),
  z.int().nonnegative(),
]);
export const eventCursorOf = ({ epoch, seq }: EventRow): [number, number] => [epoch, seq];

export const idsParam = z
  .enum(["true", "false"])
  .default("false")
  .describe("true: pages with all their message ids, not only their number");
