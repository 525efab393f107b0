import { createCommand, type Run } from "../program/create-command.ts";
import { discardCommand } from "./discard-command.ts";
import { listCommand } from "./list-command.ts";
import { redriveCommand } from "./redrive-command.ts";
import { showCommand } from "./show-command.ts";

export const deadLettersCommand = (run: Run) => {
  const group = createCommand(run, "dead-letters")
    .summary("shows messages that were set aside, and redrives them")
    .description("Messages that were set aside, with their reasons.");
  for (const command of [listCommand(run), showCommand(run), redriveCommand(run), discardCommand(run)])
    group.addCommand(command as typeof group);
  return group;
};
