import { z } from "zod";
import { apiRequest } from "./api-request.ts";
import { type Command, type CommandContext, exitCodes, UsageError } from "./command.ts";
import { flag, parseArguments, text } from "./parse-arguments.ts";
import { printable } from "./printable.ts";
import { formatCount } from "./render-progress.ts";

const letterSchema = z.looseObject({
  id: z.string(),
  syncId: z.string(),
  providerId: z.string(),
  category: z.string(),
  error: z.string(),
  attempts: z.number(),
  state: z.string(),
});
const pageSchema = z.object({ items: z.array(letterSchema), nextCursor: z.string().nullable() });
const redrivenSchema = z.object({ redriven: z.number() });

const filterOptions = { account: text, sync: text, category: text } as const;
type Filter = { readonly [Name in keyof typeof filterOptions]?: string | undefined };

const idsMax = 1_000;
const lettersPerPage = 200;
/** More than anybody reads. */
const pagesMax = 500;

export const deadLettersCommand: Command = {
  usage: `usage:
  millrace dead-letters [list] [FILTER] [--state STATE]    shows messages that were set aside (state: open)
  millrace dead-letters redrive (ID… | FILTER | --all)     tries them again
  millrace dead-letters discard ID…                        says that nobody wants them any more

filter:
  --account ID, --sync ID, --category CATEGORY

options:
  --json    prints one line of JSON: {"items":[…]}, {"redriven":…} or {"discarded":…}

exit code: 0 when it was done, 1 when some of those named are settled or not there, 2 when it was not done
`,
  run: async ([name = "list", ...args], context) => {
    if (name === "redrive") return redrive(args, context);
    if (name === "discard") return discard(args, context);
    return list(name === "list" ? args : [name, ...args], context);
  },
};

async function list(args: readonly string[], { stdout, access }: CommandContext): Promise<number> {
  const options = { ...filterOptions, state: text, json: flag };
  const { values } = parseArguments(args, options, { min: 0, max: 0 });
  const query = new URLSearchParams({ limit: String(lettersPerPage), ...apiFilter(values) });
  if (values.state !== undefined) query.set("state", values.state);
  const items: z.infer<typeof letterSchema>[] = [];
  for (let page = 0; page < pagesMax; page++) {
    const { items: more, nextCursor } = await apiRequest(access, `/v1/dead-letters?${query}`, pageSchema);
    if (values.json) items.push(...more);
    else for (const letter of more) stdout.write(`${describe(letter)}\n`);
    if (nextCursor === null) break;
    query.set("cursor", nextCursor);
  }
  if (values.json) stdout.write(`${JSON.stringify({ items })}\n`);
  return exitCodes.done;
}

async function redrive(args: readonly string[], { stdout, access }: CommandContext): Promise<number> {
  const options = { ...filterOptions, all: flag, json: flag };
  const { values, positionals: ids } = parseArguments(args, options, { min: 0, max: idsMax });
  const filter = apiFilter(values);
  const isNarrowed = ids.length > 0 || Object.keys(filter).length > 0;
  if (isNarrowed === values.all) throw new UsageError("Give ids or a filter, or --all alone.");
  const body = { ...filter, ...(ids.length > 0 ? { ids } : {}), ...(values.all ? { all: true } : {}) };
  const call = { method: "POST", body } as const;
  const answer = await apiRequest(access, "/v1/dead-letters/redrive", redrivenSchema, call);
  const left = Math.max(0, new Set(ids).size - answer.redriven);
  const leftText = left === 0 ? "" : `; ${formatCount(left)} of those named are settled, or not there`;
  stdout.write(
    values.json
      ? `${JSON.stringify(answer)}\n`
      : `${formatCount(answer.redriven)} dead letters are tried again${leftText}\n`,
  );
  return left === 0 ? exitCodes.done : exitCodes.unfinished;
}

async function discard(args: readonly string[], { stdout, access }: CommandContext): Promise<number> {
  const { values, positionals: ids } = parseArguments(
    args,
    { json: flag },
    { min: 1, max: idsMax, what: "a dead letter" },
  );
  for (const id of ids) {
    await apiRequest(access, `/v1/dead-letters/${encodeURIComponent(id)}`, z.undefined(), {
      method: "DELETE",
    });
  }
  stdout.write(values.json ? `${JSON.stringify({ discarded: ids.length })}\n` : `${ids.length} discarded\n`);
  return exitCodes.done;
}

function apiFilter({ account, sync, category }: Filter): Record<string, string> {
  return {
    ...(account === undefined ? {} : { accountId: account }),
    ...(sync === undefined ? {} : { syncId: sync }),
    ...(category === undefined ? {} : { category }),
  };
}

const errorCharsMax = 100;

function describe({
  id,
  syncId,
  providerId,
  category,
  error,
  attempts,
  state,
}: z.infer<typeof letterSchema>): string {
  const why = printable(error, errorCharsMax);
  return `${id}  ${state}  ${category}, attempt ${attempts}  ${syncId}  message ${printable(providerId, errorCharsMax)}  ${why}`;
}
