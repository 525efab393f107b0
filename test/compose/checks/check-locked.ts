import type { ComposeStack } from "../compose-stack.ts";

interface Inspection {
  readonly Config: { readonly User: string };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
  };
}

const services = ["sync-api", "chunker", "fetcher", "janitor"];

/**
 * Each service is nobody in particular, may write nowhere but to its scratch folder and its blobs, may become nobody
 * else, and sees no secrets but its own.
 */
export async function checkLocked(stack: ComposeStack): Promise<string> {
  const containers = (await stack.containers()).filter(({ service }) => services.includes(service));
  if (containers.length < services.length) throw new Error("Not all services have a container.");
  const problems: string[] = [];
  for (const { id, service } of containers) {
    const expect = (holds: boolean, what: string): void =>
      void (holds || problems.push(`${service}: ${what}`));
    const [inspection] = JSON.parse(await stack.docker.run(["inspect", id])) as [Inspection];
    const { ReadonlyRootfs, CapDrop, SecurityOpt } = inspection.HostConfig;
    expect(ReadonlyRootfs && (CapDrop ?? []).includes("ALL"), "its tree is writable, or it has capabilities");
    expect(
      (SecurityOpt ?? []).some((text) => text.startsWith("no-new-privileges")),
      "it may gain privileges",
    );
    expect((await stack.inside(id, ["id", "-u"]))?.trim() === "10001", "it is not the user 10001");
    expect((await stack.inside(id, ["touch", "/app/x"])) === null, "it can write to its own code");
    expect((await stack.inside(id, ["touch", "/tmp/x"])) !== null, "it has no scratch folder");
    expect(
      (await stack.inside(id, ["touch", "/run/secrets/millrace/x"])) === null,
      "it can write to its secrets",
    );
    const secrets = (await stack.inside(id, ["ls", "/run/secrets/millrace"]))?.split("\n") ?? [];
    const isApi = service === "sync-api";
    expect(secrets.includes("nats.nk") && secrets.includes("database.url"), "its own secrets are missing");
    expect(
      secrets.includes("operator-key") === isApi,
      "the operator's key is where it should not be, or missing",
    );
    const others = (
      await stack.inside(id, ["sh", "-c", "ls /run/millrace/* 2>/dev/null | grep -c '^[a-z].*[.-]'"])
    )?.trim();
    expect((others ?? "0") === "0", "it sees secrets of others");
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return `${containers.length} containers of services: user 10001, read-only, no capabilities, own secrets only`;
}
