import type { Millrace, Sync, Verification } from "@millrace/client";
import { accountArgument, accountIdOf } from "../api/find-account.ts";
import { openMillrace } from "../api/open-millrace.ts";
import { waitUntil } from "../api/wait-until.ts";
import {
  createCommand,
  ending,
  helpEnd,
  profileOption,
  type Run,
  untilInterrupted,
} from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import type { Output } from "../program/surroundings.ts";
import { wholeNumber } from "../program/whole-number.ts";
import { renderLedger } from "../syncs/render-ledger.ts";
import { formatDuration } from "../syncs/render-progress.ts";
import { watchSync } from "../syncs/watch-sync.ts";
import { renderVerification, renderVerificationProgress } from "./render-verification.ts";

export const verifyCommand = (run: Run) =>
  createCommand(run, "verify")
    .summary("compares a mailbox with the store, and repairs with --repair")
    .description(
      "Lists the provider's ids and labels again and compares them with the store: missing, extra, changed. What happens " +
        "in the mailbox meanwhile is not judged. It runs in the background: interrupted here, it goes on there.",
    )
    .argument("<account>", accountArgument)
    .option("--repair", "a sync takes in exactly what is found, and is shown until its end", false)
    .option("--timeout <seconds>", "looks at it for so long at most (until its end)", wholeNumber)
    .option(
      "--json",
      'one line of JSON: the verification, with the repair\'s sync as "repairSync" (or null)',
      false,
    )
    .addOption(profileOption())
    .addHelpText(
      "after",
      helpEnd(
        "0 when nothing differs or the repair completed, 1 when differences remain or it had not ended after --timeout, 2 when the command cannot be carried out or the verification failed, 130 when it was interrupted (the verification goes on)",
      ),
    )
    .action(
      ending(run, async (name: string, { repair, timeout, json, profile }) => {
        const { millrace } = openMillrace(run.world.env, { profile });
        const accountId = await accountIdOf(millrace, name);
        const { verificationId } = await millrace.accounts.verify(accountId, { repair });
        const left = () => "The verification goes on without being looked at.";
        return untilInterrupted(run, left, async (interrupted) => {
          const timeUp = timeout === undefined ? null : AbortSignal.timeout(timeout * 1_000);
          const signal = timeUp === null ? interrupted : AbortSignal.any([interrupted, timeUp]);
          const begun = { millrace, accountId, verificationId, json, signal };
          try {
            return await report(run, begun);
          } catch (error) {
            if (timeUp === null || error !== timeUp.reason) throw error;
            run.world.stderr.write(`It has not ended after ${formatDuration(timeout ?? 0)}. ${left()}\n`);
            if (json) await tellAsItStands(run, begun);
            return exitCodes.unfinished;
          }
        });
      }),
    );

interface Begun {
  readonly millrace: Millrace;
  readonly accountId: string;
  readonly verificationId: string;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

async function report({ world }: Run, begun: Begun): Promise<number> {
  const { millrace, json, signal } = begun;
  const output = json ? world.stderr : world.stdout;
  const verification = await follow(begun, output);
  if (!json) output.write(`${renderVerification(verification)}\n`);
  const { repairSyncId } = verification;
  const repairSync =
    repairSyncId === null ? null : await watchSync(millrace, repairSyncId, { output, signal });
  if (!json && repairSync !== null) output.write(`${renderLedger(repairSync)}\n`);
  if (json) world.stdout.write(`${JSON.stringify({ ...verification, repairSync })}\n`);
  return exitCodeOf(verification, repairSync);
}

async function tellAsItStands({ world }: Run, { millrace, accountId, verificationId }: Begun): Promise<void> {
  const verification = await millrace.accounts.verification(accountId, verificationId);
  const { repairSyncId } = verification;
  const repairSync = repairSyncId === null ? null : await millrace.syncs.get(repairSyncId);
  world.stdout.write(`${JSON.stringify({ ...verification, repairSync })}\n`);
}

function exitCodeOf({ status, missing, extra, changed }: Verification, repair: Sync | null): number {
  if (status !== "completed") return exitCodes.failed;
  const isSame = missing === 0 && extra === 0 && changed === 0;
  return isSame || repair?.status === "completed" ? exitCodes.done : exitCodes.unfinished;
}

const tellEveryMs = 2_000;

/** Looks at a verification until its end. */
async function follow(
  { millrace, accountId, verificationId, signal }: Begun,
  output: Output,
): Promise<Verification> {
  const clear = output.isTTY ? "\r\u001b[2K" : "";
  let [told, toldMs] = ["", Number.NEGATIVE_INFINITY];
  return waitUntil(
    async () => {
      const verification = await millrace.accounts.verification(accountId, verificationId, { signal });
      if (verification.status !== "running") {
        output.write(clear);
        return verification;
      }
      const line = renderVerificationProgress(verification);
      if (line !== told && performance.now() - toldMs >= (output.isTTY ? 0 : tellEveryMs)) {
        output.write(output.isTTY ? `${clear}${line}` : `${line}\n`);
        [told, toldMs] = [line, performance.now()];
      }
      return null;
    },
    { signal },
  );
}
