import { type Finding, ok, warn } from "./finding.ts";

/** What the services are run and tested on. */
const testedMajor = 24;

/** @param version such as "24.3.0" */
export function checkNode(version: string): Finding {
  const major = Number(version.split(".")[0]);
  if (major >= testedMajor) return ok("node.version", `Node ${version}`);
  return warn(
    "node.version",
    `Node ${version}`,
    `The services are run on Node ${testedMajor}: \`npm run\` uses the one that it fetched, node_modules/.bin/node.`,
  );
}
