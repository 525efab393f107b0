import { serviceNames } from "@millrace/shared/nats/service-rights";
import { bulkConsumer, liveConsumer } from "@millrace/shared/nats/topology";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { resolveDebianProgram } from "../debian/resolve-debian-program.ts";
import { heapFlags } from "../process/heap-flags.ts";
import { type Manifest, renderManifests } from "./render-manifests.ts";
import { validateManifest } from "./validate-manifest.ts";

const kustomize =
  process.env.KUSTOMIZE_BIN ??
  (await resolveDebianProgram(
    { packageName: "kustomize", program: "kustomize", isFromTesting: true },
    (line) => process.stderr.write(`${line}\n`),
  ));

const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.literal("ops") }) });
const podSchema = z.object({
  terminationGracePeriodSeconds: z.number().min(30),
  automountServiceAccountToken: z.literal(false),
  securityContext: z.object({
    runAsNonRoot: z.literal(true),
    runAsUser: z.literal(10_001),
    seccompProfile: z.object({ type: z.literal("RuntimeDefault") }),
  }),
  containers: z.tuple([
    z.object({
      image: z.string(),
      args: z.tuple([z.string()]),
      env: z.array(z.object({ name: z.string(), value: z.string() })),
      securityContext: z.object({
        allowPrivilegeEscalation: z.literal(false),
        readOnlyRootFilesystem: z.literal(true),
        capabilities: z.object({ drop: z.tuple([z.literal("ALL")]) }),
      }),
      resources: z.object({
        requests: z.object({ cpu: z.string(), memory: z.string() }),
        limits: z.object({ memory: z.string().regex(/^\d+Mi$/) }),
      }),
      startupProbe: probe,
      livenessProbe: probe.extend({
        httpGet: z.object({ path: z.literal("/live"), port: z.literal("ops") }),
      }),
      readinessProbe: probe.extend({
        httpGet: z.object({ path: z.literal("/ready"), port: z.literal("ops") }),
      }),
    }),
  ]),
});
const deploymentSchema = z.object({
  spec: z.object({
    replicas: z.number().min(2).optional(),
    template: z.object({ spec: podSchema }),
  }),
});
const scaledSchema = z.object({
  spec: z.object({
    scaleTargetRef: z.object({ name: z.string() }),
    minReplicaCount: z.number().min(2),
    triggers: z.array(
      z.object({
        type: z.literal("nats-jetstream"),
        metadata: z.object({ account: z.literal("MILLRACE"), stream: z.string(), consumer: z.string() }),
      }),
    ),
  }),
});

describe.skipIf(kustomize === null)("the manifests for Kubernetes", () => {
  let manifests: Manifest[];
  const named = (kind: string, name: string): Manifest => {
    const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
    if (found === undefined) throw new Error(`There is no ${kind} ${name}.`);
    return found;
  };

  beforeAll(async () => {
    manifests = [
      ...(await renderManifests(kustomize ?? "", "example")),
      ...(await renderManifests(kustomize ?? "", "example/migrate")),
    ];
  });

  it("are what the schemas of Kubernetes and KEDA allow, and those refuse what is wrong", async () => {
    const problems = await Promise.all(
      manifests.map(
        async (one) => [`${one.kind} ${one.metadata.name}`, await validateManifest(one)] as const,
      ),
    );
    expect(problems.filter(([, problem]) => problem !== null)).toEqual([]);
    const wrong = { ...named("Deployment", "fetcher"), spec: { replicas: "two" } };
    expect(await validateManifest(wrong)).toMatch(/selector|replicas/);
  });

  it.each(serviceNames)("%s runs locked down, probed, with limits and a disruption budget", (name) => {
    const { spec } = deploymentSchema.parse(named("Deployment", name));
    const [container] = spec.template.spec.containers;
    expect(container.args).toEqual([name]);
    named("PodDisruptionBudget", name);
    // The heap's limit and half as much again, for what is not heap.
    const heapMebibytes = Number(heapFlags(name)[0]?.split("=")[1]);
    expect(Number.parseInt(container.resources.limits.memory, 10)).toBeGreaterThanOrEqual(
      heapMebibytes * 1.5,
    );
  });

  it("the fetcher alone is scaled, by consumers that there are", () => {
    const { spec } = scaledSchema.parse(named("ScaledObject", "fetcher"));
    expect(spec.scaleTargetRef.name).toBe("fetcher");
    expect(spec.triggers.map(({ metadata: { stream, consumer } }) => `${stream}/${consumer}`)).toEqual(
      [bulkConsumer, liveConsumer].map(({ stream, config }) => `${stream}/${config.durable_name}`),
    );
    // Two who set how many there are would take turns.
    expect(deploymentSchema.parse(named("Deployment", "fetcher")).spec.replicas).toBeUndefined();
  });

  it("nothing is allowed on the network but what is listed", () => {
    const policies = manifests.filter(({ kind }) => kind === "NetworkPolicy");
    expect(named("NetworkPolicy", "nothing-else")).toMatchObject({
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    });
    expect(policies.length).toBeGreaterThan(4);
  });
});
