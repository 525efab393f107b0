import { fileURLToPath } from "node:url";
import { runInherited } from "./process/run-inherited.ts";

/** `npm run screenshots`: draws docs/screenshots anew, in Chromium, from a whole Millrace with a demo's mail. */
process.chdir(fileURLToPath(new URL("../../", import.meta.url)));
process.exitCode = await runInherited("vitest", ["run", "--project", "screenshots"]);
