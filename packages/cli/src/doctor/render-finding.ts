import { type Paint, paintState } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import type { Finding, FindingStatus } from "./finding.ts";

const wordsMax = 1_000;
const statusColumns = 6;
const checkColumns = 24;

const words: Readonly<Record<FindingStatus, string>> = { ok: "ok", warn: "warn", fail: "FAIL", skipped: "-" };

/** A line for what was found, and one for what to do. */
export function renderFinding({ check, status, found, todo }: Finding, paint: Paint): string {
  const word = paintState(paint, status, words[status].padEnd(statusColumns));
  const text = printable(found, wordsMax);
  const line = `${word}${check.padEnd(checkColumns)}${status === "skipped" ? paint.faint(text) : text}\n`;
  if (todo === null) return line;
  return `${line}${" ".repeat(statusColumns + checkColumns)}→ ${printable(todo, wordsMax)}\n`;
}

/** How it stands, in a sentence. */
export function renderVerdict(findings: readonly Finding[], paint: Paint): string {
  const count = (status: FindingStatus): number =>
    findings.filter((finding) => finding.status === status).length;
  const [failed, warned, left, fine] = [count("fail"), count("warn"), count("skipped"), count("ok")];
  const parts = [
    ...(failed > 0 ? [paint.bad(`${failed} failed`)] : []),
    ...(warned > 0 ? [paint.warning(`${warned} to look at`)] : []),
    `${fine} fine`,
    ...(left > 0 ? [`${left} not looked at`] : []),
  ];
  return `${parts.join(", ")}.`;
}
