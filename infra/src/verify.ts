import { fileURLToPath } from "node:url";
import { runInherited } from "./process/run-inherited.ts";

/**
 * `npm run verify`: types, lint and format, unused code, layers. Every check runs even when one before it failed,
 * so that one run tells everything. Exit code 1 when any failed.
 */
const checks = [
  { name: "types", command: ["tsc", "--project", "."] },
  { name: "types in browsers", command: ["tsc", "--project", "tsconfig.browser.json"] },
  { name: "lint and format", command: ["biome", "check", "."] },
  { name: "unused code", command: ["knip", "--no-progress"] },
  {
    name: "layers",
    command: ["depcruise", "--config", ".dependency-cruiser.mjs", "services", "packages", "infra", "test"],
  },
] as const;

process.chdir(fileURLToPath(new URL("../../", import.meta.url)));
const results: { name: string; code: number; seconds: string }[] = [];
for (const { name, command } of checks) {
  process.stdout.write(`\n── ${name}: ${command.join(" ")}\n`);
  const began = performance.now();
  const [program, ...args] = command;
  const code = await runInherited(program, args);
  results.push({ name, code, seconds: ((performance.now() - began) / 1_000).toFixed(1) });
  if (code > 128) break;
}
process.stdout.write("\n");
for (const { name, code, seconds } of results) {
  process.stdout.write(`${code === 0 ? "ok    " : "FAILED"}  ${name} (${seconds} s)\n`);
}
process.exitCode = results.every(({ code }) => code === 0) ? 0 : 1;
