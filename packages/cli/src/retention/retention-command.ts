import { createCommand, type Run } from "../program/create-command.ts";
import { listRunsCommand } from "./list-runs-command.ts";
import { periodsCommand } from "./periods-command.ts";
import { runRetentionCommand } from "./run-retention-command.ts";

export const retentionCommand = (run: Run) => {
  const group = createCommand(run, "retention")
    .summary("shows what was removed by age, and has it done now")
    .description(
      "What is removed when it has had its time: of the tenant whose key it is; with an operator's key, of everybody. The " +
        "janitor does it by its schedules; nobody needs to ask for it.",
    );
  for (const command of [listRunsCommand(run), periodsCommand(run), runRetentionCommand(run)])
    group.addCommand(command as typeof group);
  return group;
};
