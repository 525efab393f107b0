import { Argument, type Command } from "@commander-js/extra-typings";
import { createCommand, ending, helpEnd, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { type Shell, shells, writeCompletion } from "./write-completion.ts";

const how = `To have it in every shell:
  bash    echo 'source <(millrace completion bash)' >> ~/.bashrc
  zsh     echo 'source <(millrace completion zsh)' >> ~/.zshrc      (after compinit)
  fish    millrace completion fish > ~/.config/fish/completions/millrace.fish`;

/** @param programOf all commands, this one included */
export const completionCommand = (run: Run, programOf: () => Command) =>
  createCommand(run, "completion")
    .summary("prints what completes commands and options in a shell")
    .description("Prints a script with which a shell completes commands, options and their values.")
    .addArgument(new Argument("<shell>", "which shell").choices(shells))
    .addHelpText("after", helpEnd("0 when it is printed, 2 when the shell is not known", how))
    .action(
      ending(run, async (shell: Shell) => {
        run.world.stdout.write(writeCompletion(shell, programOf()));
        return exitCodes.done;
      }),
    );
