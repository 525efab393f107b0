import { z } from "zod";
import { createLogger } from "../runtime/create-logger.ts";
import { commonEnv, parseConfig } from "../runtime/parse-config.ts";
import { migrate } from "./migrate.ts";

const config = parseConfig(z.object(commonEnv).pick({ DATABASE_URL: true, LOG_LEVEL: true }), process.env);
const applied = await migrate(config.DATABASE_URL);
createLogger("migrate", config.LOG_LEVEL).info(
  { event: "migrate.done", applied },
  "the schema is up to date",
);
