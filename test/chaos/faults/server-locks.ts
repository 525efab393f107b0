import { Mutex } from "../world/mutex.ts";

/** One fault at a time has a server in its hands, or its data. */
export const serverLocks: Readonly<Record<"nats" | "postgres", Mutex>> = {
  nats: new Mutex(),
  postgres: new Mutex(),
};
