import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { resetPeriodsCommand, setPeriodsCommand } from "./change-periods-commands.ts";
import { inForceOf, tenantOption } from "./periods-of-tenant.ts";
import { renderPeriods } from "./render-periods.ts";

export const periodsCommand = (run: Run) => {
  const list = createCommand(run, "periods")
    .summary("tells for how long things are kept, and changes it")
    .description(
      "Tells for how long the tenant's things are kept, in days, and where each number comes from: the tenant's own setting, " +
        "or the installation's for everybody (RETAIN_… of the janitor). `set` and `reset` change the tenant's own.",
    )
    .option("--json", "one line of JSON, as the API's retentionInForce", false)
    .addOption(tenantOption())
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when they are told, 2 when they cannot be"))
    .action(
      ending(run, async ({ json, tenant, profile }) => {
        const inForce = await inForceOf(openMillrace(run.world.env, { profile }), tenant);
        run.world.stdout.write(
          json
            ? `${JSON.stringify(inForce)}\n`
            : renderPeriods(inForce, { columns: run.world.stdout.columns }),
        );
        return exitCodes.done;
      }),
    );
  for (const command of [setPeriodsCommand(run), resetPeriodsCommand(run)])
    list.addCommand(command as unknown as typeof list);
  return list;
};
