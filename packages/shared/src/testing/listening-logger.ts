import { pino } from "pino";
import type { Logger } from "../runtime/create-logger.ts";

/** For tests: a logger, and the lines that it was told. */
export function listeningLogger(): { readonly log: Logger; readonly told: Record<string, unknown>[] } {
  const told: Record<string, unknown>[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => void told.push(JSON.parse(line)) });
  return { log, told };
}
