import { type Docker, DockerError } from "@millrace/infra/containers/docker";
import { freePort } from "@millrace/infra/process/free-port";
import { checkout } from "@millrace/infra/start/data-folder";

export interface ContainerState {
  readonly id: string;
  readonly service: string;
  readonly state: string;
  /** "" where there is no health check. */
  readonly health: string;
  readonly exitCode: number;
}

const upTimeoutMs = 900_000;

/** compose.yaml as it stands, as a project of its own, on free ports. */
export class ComposeStack {
  readonly docker: Docker;
  readonly project: string;
  readonly ports: Readonly<Record<"api" | "simulator" | "prometheus", number>>;
  readonly #env: NodeJS.ProcessEnv;
  readonly #options: readonly string[];

  private constructor(
    docker: Docker,
    ports: ComposeStack["ports"],
    env: NodeJS.ProcessEnv,
    files: readonly string[],
  ) {
    this.docker = docker;
    this.ports = ports;
    this.#env = env;
    this.project = `millrace-test-${process.pid}`;
    this.#options = [
      "--project-name",
      this.project,
      ...files.flatMap((file) => ["--file", file]),
      "--profile",
      "demo",
      "--profile",
      "observability",
    ];
  }

  /** @param files further compose files, on top of compose.yaml */
  static async create(
    docker: Docker,
    env: NodeJS.ProcessEnv,
    files: readonly string[],
  ): Promise<ComposeStack> {
    const [api, simulator, nats, prometheus] = await Promise.all([1, 2, 3, 4].map(freePort));
    const ports = { api: api ?? 0, simulator: simulator ?? 0, prometheus: prometheus ?? 0 };
    const set = {
      MILLRACE_PORT: api,
      SIMULATOR_PORT: simulator,
      NATS_PORT: nats,
      PROMETHEUS_PORT: prometheus,
    };
    const numbers = Object.fromEntries(Object.entries(set).map(([name, value]) => [name, String(value)]));
    return new ComposeStack(docker, ports, { ...env, ...numbers }, ["compose.yaml", ...files]);
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.ports.api}`;
  }

  get simulatorUrl(): string {
    return `http://127.0.0.1:${this.ports.simulator}`;
  }

  /** docker compose, as a person would type it. @throws {DockerError} */
  compose(args: readonly string[], timeoutMs = upTimeoutMs): Promise<string> {
    return this.docker.run(["compose", ...this.#options, ...args], {
      cwd: checkout,
      env: this.#env,
      timeoutMs,
    });
  }

  async containers(): Promise<readonly ContainerState[]> {
    const lines = (await this.compose(["ps", "--all", "--format", "json"], 60_000))
      .split("\n")
      .filter(Boolean);
    return lines.map((line) => {
      const { ID, Service, State, Health, ExitCode } = JSON.parse(line) as Record<string, string | number>;
      return {
        id: String(ID),
        service: String(Service),
        state: String(State),
        health: String(Health ?? ""),
        exitCode: Number(ExitCode),
      };
    });
  }

  /** Runs a command in a container of a service; null when it fails there. */
  async inside(id: string, command: readonly string[]): Promise<string | null> {
    try {
      return await this.docker.run(["exec", id, ...command], { timeoutMs: 60_000 });
    } catch (error) {
      if (error instanceof DockerError) return null;
      throw error;
    }
  }

  /** The key of the first tenant, as README says how to get it. */
  async apiKey(): Promise<string> {
    return (await this.compose(["exec", "sync-api", "cat", "/run/secrets/millrace/bootstrap-key"])).trim();
  }

  /** A call of the API. @throws Error unless it answers 2xx */
  async api(
    path: string,
    init: { readonly method?: string; readonly body?: unknown } = {},
  ): Promise<unknown> {
    return callJson(`${this.apiUrl}${path}`, await this.apiKey(), init);
  }

  /** Everything of it goes, its data as well. */
  async remove(): Promise<void> {
    await this.compose(["down", "--volumes", "--remove-orphans", "--timeout", "10"], 300_000);
  }
}

/** @throws Error unless it answers 2xx */
export async function callJson(
  url: string,
  key: string | null,
  { method = "GET", body }: { readonly method?: string; readonly body?: unknown },
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text.slice(0, 500)}`);
  return text === "" ? null : JSON.parse(text);
}
