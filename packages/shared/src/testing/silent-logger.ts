import { createLogger } from "../runtime/create-logger.ts";

/** For tests: says nothing. */
export const silentLogger = createLogger("test", "fatal");
