import { openDocker } from "./containers/open-docker.ts";
import { provideImages } from "./containers/provide-images.ts";
import { runCommand } from "./process/run-command.ts";
import { runInherited } from "./process/run-inherited.ts";

const usage = `usage: npm run with-docker -- COMMAND [arguments]

Runs a command with a Docker that has the images which compose.yaml pulls: the machine's, or, where none answers and we
are root on a Debian, one of our own for the time of the command. Where no registry of images can be reached, that one
gets stand-ins of the same names, made of packages of Debian and npm.
`;

/** `npm run with-docker`. */
await runCommand(async (args, cwd) => {
  const [command, ...rest] = args;
  if (command === undefined || command === "--help") {
    process[command ? "stdout" : "stderr"].write(usage);
    return command ? 0 : 2;
  }
  const say = (line: string): boolean => process.stderr.write(`${line}\n`);
  const docker = await openDocker(process.env, say);
  try {
    await provideImages(docker, say);
    return await runInherited(command, rest, { cwd, env: docker.env });
  } finally {
    await docker.close();
  }
});
