import { open, rename, rm } from "node:fs/promises";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { ApiError, problemText, UnreachableError } from "./api-request.ts";
import { type Command, type CommandContext, exitCodes, UsageError } from "./command.ts";
import { flag, oneAccount, parseArguments, text } from "./parse-arguments.ts";

const formats = ["jsonl", "mbox"] as const;
/** The last line of a whole export is short. */
const tailBytes = 1_024;

export const exportCommand: Command = {
  usage: `usage: millrace export ACCOUNT_ID --output FILE [--format jsonl|mbox] [--json]

Writes everything that is held on an account to a file that only you can read: as JSON lines, one for each object (the
default), or its messages as an mbox. The file gets its name when it is whole.

options:
  --output FILE  where to; refused when it is there already
  --format       jsonl or mbox
  --json         prints one line of JSON: {"file", "bytes"}

exit code: 0 when the file is whole, 2 when the command cannot be carried out
`,
  run: async (args, context) => {
    const options = { output: text, format: { ...text, default: "jsonl" }, json: flag };
    const { values, positionals } = parseArguments(args, options, oneAccount);
    const { output, format } = values;
    if (output === undefined) throw new UsageError("Name a file with --output.");
    if (!formats.some((one) => one === format))
      throw new UsageError(`"${format}" is no format: ${formats.join(", ")}.`);
    const path = `/v1/accounts/${encodeURIComponent(positionals[0] ?? "")}/export?format=${format}`;
    const bytes = await download(context, path, output, format === "jsonl");
    context.stdout.write(
      values.json ? `${JSON.stringify({ file: output, bytes })}\n` : `${output} has ${bytes} bytes.\n`,
    );
    return exitCodes.done;
  },
};

/** @param hasEnd whether the last line says that all is there */
async function download(
  { access }: CommandContext,
  path: string,
  output: string,
  hasEnd: boolean,
): Promise<number> {
  const response = await fetch(new URL(path, access.url), {
    headers: { authorization: `Bearer ${access.key}` },
  }).catch((error: unknown) => {
    throw new UnreachableError(access.url, error);
  });
  if (!response.ok || response.body === null)
    throw new ApiError(response.status, problemText(response.status, await response.text()));
  const part = `${output}.part`;
  // Taken first, so that nothing is written over.
  await (await open(output, "wx", 0o600)).close();
  try {
    const written = await write(response.body as ReadableStream, part);
    if (hasEnd && !/(^|\n)\{"kind":"end",[^\n]*\}\n$/.test(written.tail))
      throw new Error("The export broke off before its end. Was the account removed?");
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
