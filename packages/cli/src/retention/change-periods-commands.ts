import { Argument } from "@commander-js/extra-typings";
import { type PeriodName, periodNames } from "@millrace/shared/retention/tenant-periods";
import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { namesInHelp, parseName, parseSetting } from "./parse-setting.ts";
import { changePeriods, type PeriodsChange, tenantOption } from "./periods-of-tenant.ts";
import { renderPeriods } from "./render-periods.ts";

/** What a command is told: the settings that the arguments before have named, and one more. */
const settingsArgument = () =>
  new Argument("<name=days...>", "what is kept for how long: finishedSyncsDays=14")
    .choices(periodNames.map((name) => `${name}=`))
    .argParser(parseSetting);
const namesArgument = () =>
  new Argument("<name...>", "which periods: finishedSyncsDays").choices(periodNames).argParser(parseName);

export const setPeriodsCommand = (run: Run) =>
  changeCommand(run, "set", settingsArgument())
    .summary("gives the tenant periods of its own")
    .description(
      "Gives the tenant periods of its own, in days; those that are not named stay. A shorter one removes what has had its " +
        "time with the next run of retention.",
    );

export const resetPeriodsCommand = (run: Run) =>
  changeCommand(run, "reset", namesArgument())
    .summary("makes periods what they are for everybody again")
    .description("Makes periods of the tenant what they are for everybody again (RETAIN_… of the janitor).");

/** @param argument which periods, and what they are to be */
const changeCommand = (run: Run, name: string, argument: ReturnType<typeof settingsArgument>) =>
  createCommand(run, name)
    .addArgument(argument)
    .option("--json", "all periods in force then, as one line of JSON", false)
    .addOption(tenantOption())
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when they are changed, 2 when nothing is", namesInHelp()))
    .action(
      ending(run, (change: PeriodsChange, options: ChangeOptions) => applyChange(run, change, options)),
    );

interface ChangeOptions {
  readonly json: boolean;
  readonly tenant?: string;
  readonly profile?: string;
}

async function applyChange(
  { world }: Run,
  change: PeriodsChange,
  { json, tenant, profile }: ChangeOptions,
): Promise<number> {
  const inForce = await changePeriods(openMillrace(world.env, { profile }), tenant, change);
  const changed = Object.keys(change) as PeriodName[];
  world.stdout.write(
    json
      ? `${JSON.stringify(inForce)}\n`
      : renderPeriods(inForce, { names: changed, columns: world.stdout.columns }),
  );
  return exitCodes.done;
}
