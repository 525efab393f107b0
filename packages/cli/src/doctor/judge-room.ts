import { formatBytes } from "../terminal/format-bytes.ts";
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
