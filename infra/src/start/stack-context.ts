import type { ProcessTable } from "../process/process-table.ts";
import { describeExit } from "../process/server-process.ts";
import type { Trouble } from "../process/supervise.ts";
import type { Announcer } from "./announce.ts";
import type { DataFolder } from "./data-folder.ts";
import type { StartOptions } from "./start-options.ts";

/** What every part of the stack is started with. */
export interface StackContext {
  readonly options: StartOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly data: DataFolder;
  readonly table: ProcessTable;
  readonly announcer: Announcer;
  /** Aborted when everything is about to be stopped. */
  readonly signal: AbortSignal;
}

/** Tells a person about deaths and recoveries. */
export function tellAbout(announcer: Announcer) {
  return {
    onTrouble: ({ name, exit, logFile, retryInMs }: Trouble) => {
      const what = exit instanceof Error ? exit.message : `${name} ${describeExit(exit, logFile)}`;
      announcer.line(`${what}\n${name} is started again in ${retryInMs / 1_000} s.`);
    },
    onRecovered: (name: string) => announcer.line(`${name} runs again.`),
  };
}
