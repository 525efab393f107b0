import { Option } from "@commander-js/extra-typings";
import type { DeadLetter } from "@millrace/client";
import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { printable } from "../terminal/printable.ts";
import { accountOption, apiFilter, categoryOption, syncOption } from "./letter-filter.ts";

const lettersPerPage = 200;
/** More than anybody reads. */
const lettersMax = 100_000;
const states = ["open", "redriving", "resolved", "discarded"] as const;

export const listCommand = (run: Run) =>
  createCommand(run, "ls")
    .alias("list")
    .summary("lists them, the newest first")
    .description(
      "Lists messages that were set aside, the newest first: open ones, unless another state is asked for.",
    )
    .addOption(accountOption())
    .addOption(syncOption())
    .addOption(categoryOption())
    .addOption(new Option("--state <state>", "in another state (open)").choices(states))
    .option("--json", 'one line of JSON: {"items":[…]}', false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when they are listed, 2 when they cannot be"))
    .action(
      ending(run, async ({ state, json, profile, ...filter }) => {
        const { millrace } = openMillrace(run.world.env, { profile });
        const { stdout } = run.world;
        const query = { limit: lettersPerPage, ...(await apiFilter(millrace, filter)) };
        const items: DeadLetter[] = [];
        let count = 0;
        for await (const letter of millrace.deadLetters.list(
          state === undefined ? query : { ...query, state },
        )) {
          if (json) items.push(letter);
          else stdout.write(`${describe(letter)}\n`);
          if (++count >= lettersMax) break;
        }
        if (json) stdout.write(`${JSON.stringify({ items })}\n`);
        else if (count === 0) stdout.write("There are none.\n");
        return exitCodes.done;
      }),
    );

const wordsMax = 100;

function describe({ id, syncId, providerId, category, error, attempts, state }: DeadLetter): string {
  const message = printable(providerId, wordsMax);
  return `${id}  ${state}  ${category}, attempt ${attempts}  ${syncId}  message ${message}  ${printable(error, wordsMax)}`;
}
