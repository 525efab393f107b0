import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { Event, Millrace } from "@millrace/client";
import { factSchema } from "@millrace/shared/events/facts";
import { createPatience } from "../api/create-patience.ts";
import { accountArgument, accountIdOf } from "../api/find-account.ts";
import { openMillrace } from "../api/open-millrace.ts";
import {
  createCommand,
  ending,
  helpEnd,
  profileOption,
  type Run,
  untilInterrupted,
} from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { createPaint } from "../terminal/paint.ts";
import { createAddressBook } from "./address-book.ts";
import { renderFact } from "./render-fact.ts";

const types = factSchema.options.map((option) => option.shape.type.value).sort();
type FactType = (typeof types)[number];

const more = `Facts: ${types.join(", ")}`;

export const tailCommand = (run: Run) =>
  createCommand(run, "tail")
    .summary("shows what happens, fact by fact, as it happens")
    .description(
      "Shows what happens to mailboxes, fact by fact, as it happens: from now on, until Ctrl-C. A stream that breaks off goes on " +
        "where it was; so does a tail with --after, from the version at which another one has ended.",
    )
    .option("--account <account>", `only facts of ${accountArgument}`)
    .option("--sync <sync>", "only facts of a sync")
    .addOption(new Option("--type <fact>", "only such facts, see below").argParser(factType))
    .option("--after <version>", "begins after this version: as far back as the audit trail goes")
    .option("--json", "lines of JSON: facts as GET /v1/events shows them", false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("130 when it was ended with Ctrl-C, 2 when it cannot be shown", more))
    .action(
      ending(run, async ({ account, sync, type, after, json, profile }) => {
        const { millrace } = openMillrace(run.world.env, { profile });
        const filter = {
          ...(account === undefined ? {} : { accountId: await accountIdOf(millrace, account) }),
          ...(sync === undefined ? {} : { syncId: sync }),
          ...(type === undefined ? {} : { type }),
        };
        return follow(run, millrace, { filter, after, json });
      }),
    );

function factType(text: string): FactType {
  const known = types.find((type) => type === text);
  if (known !== undefined) return known;
  throw new InvalidArgumentError(`There is no such fact. They are ${types.join(", ")}.`);
}

interface Followed {
  readonly filter: NonNullable<Parameters<Millrace["watchEvents"]>[0]>;
  readonly after: string | undefined;
  readonly json: boolean;
}

function follow(run: Run, millrace: Millrace, { filter, after, json }: Followed): Promise<number> {
  const { stdout, stderr, env } = run.world;
  const paint = createPaint(stdout, env);
  const addresses = createAddressBook(millrace);
  let last = after;
  const left = () => (last === undefined ? "" : `\`millrace tail --after ${last}\` goes on from here.`);
  return untilInterrupted(run, left, async (interrupted) => {
    const { signal, onState, end } = createPatience({
      signal: interrupted,
      silenceMsMax: Number.POSITIVE_INFINITY,
      onInterruption: (reason) => stderr.write(`The stream broke off (${reason}); opening it again.\n`),
    });
    try {
      for await (const fact of millrace.watchEvents(filter, { after, signal, onState })) {
        last = fact.version;
        stdout.write(json ? `${JSON.stringify(fact)}\n` : await line(fact));
      }
    } finally {
      end();
    }
    return exitCodes.done;
  });

  async function line(fact: Event): Promise<string> {
    return `${renderFact(fact, await addresses.of(fact.accountId), paint)}\n`;
  }
}
