import type { Millrace } from "@millrace/client";
import { findSyncId, syncArgument } from "../api/find-sync.ts";
import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { formatCount } from "./render-progress.ts";
import { showSync, timeoutOption, watchExits } from "./show-sync.ts";

type Answer = Awaited<ReturnType<Millrace["syncs"]["pause"]>>;

const controls = {
  pause: "Pauses a sync until it is resumed.",
  resume: "Resumes a sync: what is outstanding is planned anew.",
  cancel: "Ends a sync where it is; what is stored stays.",
  retry:
    "Tries a sync again: resumes it, plans its work anew, redrives its dead letters, or asks for a new one in its place.",
} as const;
type Control = keyof typeof controls;

/** After these there is something to see. */
const watchable: ReadonlySet<Control> = new Set(["resume", "retry"]);

/** pause, resume, cancel, retry: the API takes them whatever state the other services are in. */
export const controlCommands = (run: Run) =>
  (Object.keys(controls) as Control[]).map((control) => controlCommand(run, control));

function controlCommand(run: Run, control: Control) {
  const isWatchable = watchable.has(control);
  const taken = "0 when it was taken, 2 when it was not";
  const command = createCommand(run, control)
    .summary(summaryOf(controls[control]))
    .description(controls[control])
    .argument("<sync>", syncArgument)
    .option(
      "--json",
      `one line of JSON: the API's answer${isWatchable ? ", or with --watch the sync as it ended" : ""}`,
      false,
    )
    .addOption(profileOption())
    .addHelpText("after", helpEnd(isWatchable ? `${taken}; with --watch ${watchExits}` : taken));
  const act = (name: string, options: ControlOptions) => carryOut(run, control, name, options);
  if (!isWatchable)
    return command.action(ending(run, (name, options) => act(name, { ...options, watch: false })));
  return command
    .option("--watch", "shows it until its end", false)
    .addOption(timeoutOption())
    .action(ending(run, act));
}

interface ControlOptions {
  readonly json: boolean;
  readonly profile?: string | undefined;
  readonly watch: boolean;
  readonly timeout?: number | undefined;
}

async function carryOut(
  run: Run,
  control: Control,
  name: string,
  { json, profile, watch, timeout }: ControlOptions,
): Promise<number> {
  const { millrace } = openMillrace(run.world.env, { profile });
  const answer = await millrace.syncs[control](await findSyncId(millrace, name));
  const { stdout, stderr } = run.world;
  if (!watch && timeout === undefined) {
    stdout.write(json ? `${JSON.stringify(answer)}\n` : `${describe(control, answer)}\n`);
    return exitCodes.done;
  }
  (json ? stderr : stdout).write(`${said(control, answer)}\n`);
  return showSync(run, millrace, answer.syncId, { json, timeout, after: answer.version });
}

/** Its first words, as one of a list. */
const summaryOf = (sentence: string): string =>
  sentence.charAt(0).toLowerCase() + sentence.slice(1).split(/[.:;]/)[0];

/** Of one that had not ended: there is nothing to put in its place, and not everybody expects that. */
const retried: Partial<Readonly<Record<Answer["status"], string>>> = {
  running: " and goes on: its outstanding work does not wait any longer, nothing else was done",
  queued: " and begins by itself when its turn comes: nothing was done",
};

/** What it came to. */
function said(control: Control, { syncId, status, retryOf, redriven }: Answer): string {
  if (retryOf !== null) return `${syncId} takes the place of ${retryOf}`;
  if (redriven === 0) return `${syncId}: no dead letter of it is open; those that are tried again go on`;
  if (redriven !== null) return `${syncId}: ${lettersTriedAgain(redriven)}`;
  const what = control === "retry" ? (retried[status] ?? "") : "";
  return `${syncId} is ${status}${what}`;
}

/** The same, with how to see what comes of it. */
function describe(control: Control, answer: Answer): string {
  const { syncId, retryOf, redriven } = answer;
  const isToBeSeen = retryOf !== null || (redriven !== null && redriven > 0);
  return `${said(control, answer)}${isToBeSeen ? `; \`millrace watch ${syncId}\` shows it` : ""}`;
}

/** Such as "1 dead letter is tried again". */
export const lettersTriedAgain = (count: number): string =>
  `${formatCount(count)} dead letter${count === 1 ? " is" : "s are"} tried again`;
