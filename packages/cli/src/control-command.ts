import { z } from "zod";
import { apiRequest } from "./api-request.ts";
import { type Command, exitCodes } from "./command.ts";
import { flag, oneSync, parseArguments } from "./parse-arguments.ts";
import { formatCount } from "./render-progress.ts";

const answerSchema = z.looseObject({
  syncId: z.string(),
  status: z.string(),
  retryOf: z.string().nullable(),
  redriven: z.number().nullable(),
});
type Answer = z.infer<typeof answerSchema>;

export type ControlAction = "pause" | "resume" | "cancel" | "retry";

const meanings: Readonly<Record<ControlAction, string>> = {
  pause: "Pauses a sync until it is resumed.",
  resume: "Resumes a sync: what is outstanding is planned anew.",
  cancel: "Ends a sync where it is; what is stored stays.",
  retry:
    "Tries a sync again: resumes it, plans its work anew, redrives its dead letters, or asks for a new one in its place.",
};

export const controlCommand = (action: ControlAction): Command => ({
  usage: `usage: millrace ${action} SYNC_ID [--json]

${meanings[action]}

options:
  --json    prints the API's answer as one line of JSON

exit code: 0 when it was taken, 2 when it was not
`,
  run: async (args, { stdout, access }) => {
    const { values, positionals } = parseArguments(args, { json: flag }, oneSync);
    const path = `/v1/syncs/${encodeURIComponent(positionals[0] ?? "")}/${action}`;
    const answer = await apiRequest(access, path, answerSchema, { method: "POST" });
    stdout.write(values.json ? `${JSON.stringify(answer)}\n` : `${describe(answer)}\n`);
    return exitCodes.done;
  },
});

function describe({ syncId, status, retryOf, redriven }: Answer): string {
  if (retryOf !== null) return `${syncId} takes the place of ${retryOf}; millrace watch ${syncId}`;
  if (redriven !== null) return `${syncId}: ${formatCount(redriven)} dead letters are tried again`;
  return `${syncId} is ${status}`;
}
