import { open, rename, rm } from "node:fs/promises";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { Option } from "@commander-js/extra-typings";
import { accountArgument, accountIdOf } from "../api/find-account.ts";
import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { CommandError, exitCodes } from "../program/exit-codes.ts";
import { formatCount } from "../syncs/render-progress.ts";

/** The last line of a whole export is short. */
const tailBytes = 1_024;

export const exportCommand = (run: Run) =>
  createCommand(run, "export")
    .summary("writes everything that is held on an account to a file")
    .description(
      "Writes everything that is held on an account to a file that only you can read: as JSON lines, one for each object " +
        "(the default), or its messages as an mbox. The file gets its name when it is whole.",
    )
    .argument("<account>", accountArgument)
    .requiredOption("--output <file>", "where to; refused when it is there already")
    .addOption(
      new Option("--format <format>", "jsonl or mbox")
        .choices(["jsonl", "mbox"] as const)
        .default("jsonl" as const),
    )
    .option("--json", 'one line of JSON: {"file", "bytes"}', false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when the file is whole, 2 when the command cannot be carried out"))
    .action(
      ending(run, async (name: string, { output, format, json, profile }) => {
        const { millrace } = openMillrace(run.world.env, { profile });
        const answer = await millrace.accounts.export(await accountIdOf(millrace, name), format);
        const bytes = await download(answer, output, format === "jsonl");
        run.world.stdout.write(
          json
            ? `${JSON.stringify({ file: output, bytes })}\n`
            : `${output} has ${formatCount(bytes)} bytes.\n`,
        );
        return exitCodes.done;
      }),
    );

/** @param hasEnd whether the last line says that all is there */
async function download({ body }: Response, output: string, hasEnd: boolean): Promise<number> {
  if (body === null) throw new CommandError("The API's answer is empty.");
  const part = `${output}.part`;
  try {
    // Taken first, so that nothing is written over.
    await (await open(output, "wx", 0o600)).close();
  } catch (error) {
    await body.cancel();
    throw error;
  }
  try {
    const written = await write(body as ReadableStream, part);
    if (hasEnd && !/(^|\n)\{"kind":"end",[^\n]*\}\n$/.test(written.tail))
      throw new CommandError("The export broke off before its end. Was the account removed?");
    await rename(part, output);
    return written.bytes;
  } catch (error) {
    await Promise.all([part, output].map((file) => rm(file, { force: true })));
    throw error;
  }
}

async function write(body: ReadableStream, file: string): Promise<{ bytes: number; tail: string }> {
  const target = await open(file, "w", 0o600);
  let bytes = 0;
  let tail = Buffer.alloc(0);
  const counting = new Transform({
    transform(piece: Buffer, _encoding, done) {
      bytes += piece.length;
      tail = Buffer.concat([tail, piece]).subarray(-tailBytes);
      done(null, piece);
    },
  });
  await pipeline(Readable.fromWeb(body), counting, target.createWriteStream());
  return { bytes, tail: tail.toString() };
}
