import { Option } from "@commander-js/extra-typings";
import type { DeadLetter } from "@millrace/client";
import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { createAddressBook } from "../tail/address-book.ts";
import { createPaint } from "../terminal/paint.ts";
import { accountOption, apiFilter, categoryOption, syncOption } from "./letter-filter.ts";
import { createLetterTable } from "./letter-table.ts";

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
        const { stdout, env } = run.world;
        const query = { limit: lettersPerPage, ...(await apiFilter(millrace, filter)) };
        const letters = millrace.deadLetters.list(state === undefined ? query : { ...query, state });
        if (json) {
          const items: DeadLetter[] = [];
          await eachPage(letters, async (page) => void items.push(...page));
          stdout.write(`${JSON.stringify({ items })}\n`);
          return exitCodes.done;
        }
        const table = createLetterTable(
          createAddressBook(millrace),
          createPaint(stdout, env),
          Date.now(),
          stdout.columns,
        );
        const count = await eachPage(letters, async (page) => void stdout.write(await table(page)));
        if (count === 0) stdout.write("There are no such dead letters.\n");
        return exitCodes.done;
      }),
    );

/** @returns how many letters there were */
async function eachPage(
  letters: AsyncIterable<DeadLetter>,
  take: (page: readonly DeadLetter[]) => Promise<void>,
): Promise<number> {
  let page: DeadLetter[] = [];
  let count = 0;
  for await (const letter of letters) {
    page.push(letter);
    if (page.length === lettersPerPage) {
      await take(page);
      page = [];
    }
    if (++count >= lettersMax) break;
  }
  if (page.length > 0) await take(page);
  return count;
}
