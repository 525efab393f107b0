import type { Millrace } from "@millrace/client";
import { findSyncId, syncArgument } from "../api/find-sync.ts";
import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { formatCount } from "./render-progress.ts";

type Answer = Awaited<ReturnType<Millrace["syncs"]["pause"]>>;

const controls = {
  pause: "Pauses a sync until it is resumed.",
  resume: "Resumes a sync: what is outstanding is planned anew.",
  cancel: "Ends a sync where it is; what is stored stays.",
  retry:
    "Tries a sync again: resumes it, plans its work anew, redrives its dead letters, or asks for a new one in its place.",
} as const;
type Control = keyof typeof controls;

/** pause, resume, cancel, retry: the API takes them whatever state the other services are in. */
export const controlCommands = (run: Run) =>
  (Object.keys(controls) as Control[]).map((control) => controlCommand(run, control));

const controlCommand = (run: Run, control: Control) =>
  createCommand(run, control)
    .summary(summaryOf(controls[control]))
    .description(controls[control])
    .argument("<sync>", syncArgument)
    .option("--json", "the API's answer, as one line of JSON", false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when it was taken, 2 when it was not"))
    .action(
      ending(run, async (name: string, options) => {
        const { millrace } = openMillrace(run.world.env, options);
        const answer = await millrace.syncs[control](await findSyncId(millrace, name));
        run.world.stdout.write(options.json ? `${JSON.stringify(answer)}\n` : `${describe(answer)}\n`);
        return exitCodes.done;
      }),
    );

/** Its first words, as one of a list. */
const summaryOf = (sentence: string): string =>
  sentence.charAt(0).toLowerCase() + sentence.slice(1).split(/[.:;]/)[0];

function describe({ syncId, status, retryOf, redriven }: Answer): string {
  if (retryOf !== null) return `${syncId} takes the place of ${retryOf}; millrace watch ${syncId}`;
  if (redriven !== null) return `${syncId}: ${formatCount(redriven)} dead letters are tried again`;
  return `${syncId} is ${status}`;
}
