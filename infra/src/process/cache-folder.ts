import { homedir } from "node:os";
import { join } from "node:path";

/** Where downloads are kept between checkouts: MILLRACE_CACHE, else the user's cache folder. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.MILLRACE_CACHE) return env.MILLRACE_CACHE;
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "millrace");
}
