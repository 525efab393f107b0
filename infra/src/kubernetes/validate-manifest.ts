import type { Manifest } from "./render-manifests.ts";

interface Model {
  validate(): void;
}
type ModelClass = new (data: Manifest) => Model;

/** Where the schemas of each group's version are. */
const groups: Readonly<Record<string, () => Promise<object>>> = {
  v1: () => import("kubernetes-models/v1"),
  "apps/v1": () => import("kubernetes-models/apps/v1"),
  "batch/v1": () => import("kubernetes-models/batch/v1"),
  "policy/v1": () => import("kubernetes-models/policy/v1"),
  "networking.k8s.io/v1": () => import("kubernetes-models/networking.k8s.io/v1"),
  "keda.sh/v1alpha1": () => import("@kubernetes-models/keda/keda.sh/v1alpha1"),
};

/** @returns what the schema of Kubernetes, or of KEDA, says is wrong; null: nothing */
export async function validateManifest(manifest: Manifest): Promise<string | null> {
  const models = (await groups[manifest.apiVersion]?.()) as Readonly<Record<string, ModelClass>> | undefined;
  const Kind = models?.[manifest.kind];
  if (Kind === undefined) return `there is no schema of ${manifest.apiVersion} ${manifest.kind}`;
  try {
    new Kind(manifest).validate();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
