import type { DeadLetter } from "@millrace/client";
import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { createAddressBook } from "../tail/address-book.ts";
import { createPaint, type Paint, paintState } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import { renderTime } from "../terminal/render-time.ts";
import { renderFields } from "../terminal/table.ts";

export const showCommand = (run: Run) =>
  createCommand(run, "show")
    .summary("shows one, with its reason and what to do")
    .description("Shows one message that was set aside, with its reason and what to do.")
    .argument("<id>", "a dead letter's id")
    .option("--raw", "the bytes that were fetched of it instead, on standard output", false)
    .option("--json", "the dead letter, as one line of JSON", false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when it is shown, 2 when it cannot be"))
    .action(
      ending(run, async (id: string, { raw, json, profile }) => {
        const { millrace } = openMillrace(run.world.env, { profile });
        const { stdout, env } = run.world;
        if (raw) {
          // Bytes of others' making, for a file or another program: as they are.
          const { body } = await millrace.deadLetters.raw(id);
          for await (const piece of body ?? []) stdout.write(piece);
          return exitCodes.done;
        }
        const letter = await millrace.deadLetters.get(id);
        if (json) stdout.write(`${JSON.stringify(letter)}\n`);
        else {
          const address = await createAddressBook(millrace).of(letter.accountId);
          stdout.write(renderLetter(letter, address, createPaint(stdout, env), Date.now()));
        }
        return exitCodes.done;
      }),
    );

const wordsMax = 2_000;

function renderLetter(letter: DeadLetter, address: string, paint: Paint, nowMs: number): string {
  const { id, state, category, attempts, error, providerId, accountId, syncId, chunkIndex, hasRaw, outcome } =
    letter;
  const fields = renderFields([
    ["dead letter", id],
    ["state", paintState(paint, state)],
    ["outcome", outcome],
    ["reason", `${category}, after attempt ${attempts}`],
    ["error", printable(error, wordsMax)],
    ["message", printable(providerId, wordsMax)],
    ["mailbox", printable(address, wordsMax)],
    ["account", accountId],
    ["sync", `${syncId}, chunk ${chunkIndex}`],
    ["bytes", hasRaw ? `kept; \`millrace dead-letters show ${id} --raw\`` : "not fetched"],
    ["set aside", renderTime(letter.createdAt, nowMs)],
    ["last changed", renderTime(letter.updatedAt, nowMs)],
  ]);
  const advice = `\n\`millrace dead-letters redrive ${id}\` tries it again, \`millrace dead-letters discard ${id}\` says that nobody wants it.\n`;
  return state === "open" ? fields + advice : fields;
}
