import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const outsidersSchema = z.array(z.object({ name: z.string(), follows: z.array(z.string()) }));

/**
 * Other services that the broker knows, with the tenants that they follow, from a folder of `npm run nats-users`.
 *
 * @throws when the file is none that it has written
 */
export function readOutsiders(folder: string | undefined): z.output<typeof outsidersSchema> {
  if (!folder) return [];
  const file = join(folder, "outsiders.json");
  return existsSync(file) ? outsidersSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : [];
}
