import { formatCount } from "../syncs/render-progress.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

const warnShare = 0.8;
const failShare = 0.95;

/** Something that fills up, such as a stream or a disk. */
export function judgeRoom(
  check: string,
  what: string,
  { used, max }: { readonly used: number; readonly max: number },
  todo: string,
): Finding {
  const share = used / max;
  const found = `${what} is ${Math.round(share * 100)} % full (${formatBytes(used)} of ${formatBytes(max)})`;
  if (share >= failShare) return fail(check, found, todo);
  return share >= warnShare ? warn(check, found, todo) : ok(check, found);
}

const units = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

export function formatBytes(bytes: number): string {
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? formatCount(Math.round(value)) : value.toFixed(1)} ${units[power]}`;
}
