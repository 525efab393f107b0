import type { Verification } from "@millrace/client";
import { formatCount } from "../syncs/render-progress.ts";
import { printable } from "../terminal/printable.ts";

const examplesMax = 5;
const wordsMax = 500;

/** What a verification found, as a small table with some of the ids, and the line that says what follows. */
export function renderVerification(verification: Verification): string {
  const { accountId, status, failure, listed, stored, missing, extra, changed, examples } = verification;
  if (status !== "completed" || missing === null || extra === null || changed === null) {
    const why = failure === null ? status : `${failure.category}: ${failure.message}`;
    const advice =
      failure?.category === "consent_lost"
        ? `\n  \`millrace connect ${accountId}\` connects the mailbox again.`
        : "";
    return `The verification failed: ${printable(why, wordsMax)}${advice}`;
  }
  const rows: [name: string, count: number, ids: readonly string[]][] = [
    ["listed", listed, []],
    ["stored", stored ?? 0, []],
    ["missing", missing, examples.missing],
    ["extra", extra, examples.extra],
    ["changed", changed, examples.changed],
  ];
  const width = Math.max(...rows.map(([, count]) => formatCount(count).length));
  const lines = rows.map(([name, count, ids]) =>
    `  ${name.padEnd(14)} ${formatCount(count).padStart(width)}  ${someOf(ids, count)}`.trimEnd(),
  );
  return [...lines, `  ${verdict(missing + extra + changed, verification.repairSyncId, accountId)}`].join(
    "\n",
  );
}

function someOf(ids: readonly string[], count: number): string {
  const shown = ids.slice(0, examplesMax);
  return `${printable(shown.join(" "), wordsMax)}${count > shown.length && shown.length > 0 ? " …" : ""}`;
}

function verdict(differences: number, repairSyncId: string | null, accountId: string): string {
  if (differences === 0) return "The store holds what the mailbox holds.";
  const many = `${formatCount(differences)} ${differences === 1 ? "message differs" : "messages differ"}`;
  return repairSyncId === null
    ? `${many}; millrace verify ${accountId} --repair takes in exactly these.`
    : `${many}; the sync ${repairSyncId} takes in exactly these.`;
}

const steps: Readonly<Record<string, string>> = {
  begin: "waiting",
  listing: "listing messages",
  labels: "listing labels",
  label: "listing by label",
  changes: "reading what changed meanwhile",
  compare: "comparing",
  look: "looking at findings again",
  finish: "finishing",
};

/** Such as "listing messages, 5,000 listed, 12 answers". */
export function renderVerificationProgress({ progress, listed }: Verification): string {
  const step = steps[progress.step] ?? progress.step;
  const answers = `${formatCount(progress.pages)} answer${progress.pages === 1 ? "" : "s"}`;
  return `${step}, ${formatCount(listed)} listed, ${answers}`;
}
