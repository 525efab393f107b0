import type { ApiKey } from "@millrace/client";
import type { Paint } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import { renderTime } from "../terminal/render-time.ts";
import { renderTable } from "../terminal/table.ts";

const nameCharsMax = 40;

/** One key a line. */
export function renderKeys(keys: readonly ApiKey[], paint: Paint, nowMs: number, columns?: number): string {
  if (keys.length === 0) return "There are no keys.\n";
  const rows = keys.map((key) => [
    key.id,
    printable(key.name, nameCharsMax),
    key.hint === null ? "" : `${key.hint}…`,
    key.scopes.join(","),
    renderTime(key.lastUsedAt, nowMs),
    endOf(key, paint, nowMs),
  ]);
  return renderTable(["KEY", "NAME", "BEGINS WITH", "MAY", "LAST USED", "ENDS"], rows, { columns });
}

function endOf({ revokedAt, expiresAt }: ApiKey, paint: Paint, nowMs: number): string {
  if (revokedAt !== null) return paint.bad(`revoked ${renderTime(revokedAt, nowMs)}`);
  if (expiresAt === null) return "never";
  const text = renderTime(expiresAt, nowMs);
  return Date.parse(expiresAt) <= nowMs ? paint.bad(text) : text;
}
