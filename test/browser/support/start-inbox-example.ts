import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { checkout } from "@millrace/infra/start/data-folder";

export interface InboxExample {
  readonly url: string;
  stop(): Promise<void>;
}

/** The server of examples/react-inbox, as its README starts it. @param port of a run before: the same origin again */
export async function startInboxExample(
  millrace: { readonly url: string; readonly key: string },
  port: number,
): Promise<InboxExample> {
  const child = spawn(process.execPath, ["server.ts"], {
    cwd: join(checkout, "examples/react-inbox"),
    env: {
      PATH: process.env.PATH,
      VITE_MILLRACE_URL: millrace.url,
      MILLRACE_KEY: millrace.key,
      PORT: String(port),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    ended.then(([code]) => Promise.reject(new Error(`The example has ended (${code}).`))),
  ])) as [string];
  const [, url = ""] = /^Open (\S+)$/.exec(line) ?? [];
  return {
    url,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
