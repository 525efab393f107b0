import { buildStandIns, images } from "./build-stand-ins.ts";
import { type Docker, DockerError } from "./docker.ts";

const pullTimeoutMs = 300_000;

/**
 * The images that ours is made of and runs with: those that are there, else pulled; in a Docker of our own that reaches
 * no registry, stand-ins.
 *
 * @throws {DockerError} when they cannot be had
 */
export async function provideImages(docker: Docker, say: (line: string) => void): Promise<void> {
  for (const image of Object.values(images)) {
    if (await isThere(docker, image)) continue;
    try {
      await docker.run(["pull", "--quiet", image], { timeoutMs: pullTimeoutMs });
    } catch (error) {
      if (!(error instanceof DockerError) || !docker.isPrivate) throw error;
      await buildStandIns(docker, say);
      return;
    }
  }
}

const isThere = (docker: Docker, image: string): Promise<boolean> =>
  docker.run(["image", "inspect", image]).then(
    () => true,
    () => false,
  );
