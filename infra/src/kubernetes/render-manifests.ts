import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { checkout } from "../start/data-folder.ts";

const run = promisify(execFile);

const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});

/** An object of Kubernetes', as it would be applied. */
export type Manifest = z.output<typeof manifestSchema>;

/**
 * What Kustomize makes of a folder below infra/kubernetes.
 *
 * @throws Error with what Kustomize says is wrong
 */
export async function renderManifests(kustomize: string, folder: string): Promise<Manifest[]> {
  const { stdout } = await run(kustomize, ["build", join(checkout, "infra/kubernetes", folder)], {
    timeout: 60_000,
  });
  return parseAllDocuments(stdout).map((document) => manifestSchema.parse(document.toJS()));
}
