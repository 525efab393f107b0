import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { CommandError } from "../program/exit-codes.ts";
import type { Input, Surroundings } from "../program/surroundings.ts";

const charsMax = 16_384;

/**
 * A secret from standard input: what is piped in, without the end of its last line; of a person at a terminal a line, which
 * is not shown.
 *
 * @throws CommandError when it is longer than any secret
 */
export async function readSecret({ stdin, stderr }: Surroundings, prompt: string): Promise<string> {
  if (stdin.isTTY !== true) return readAll(stdin);
  stderr.write(prompt);
  const silent = new Writable({ write: (_piece, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await new Promise<string>((resolve) => {
      lines.once("line", resolve);
      lines.once("close", () => resolve(""));
    });
  } finally {
    lines.close();
    stderr.write("\n");
  }
}

async function readAll(stdin: Input): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of stdin) {
    text += typeof piece === "string" ? piece : decoder.decode(piece, { stream: true });
    if (text.length > charsMax) throw new CommandError("Standard input is longer than any secret.");
  }
  return text.trim();
}
