import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** A folder that may be a small file system of its own, which can be made full. */
export interface SizedDisk {
  readonly folder: string;
  /** Why it cannot be made full; null when it can. */
  readonly unsizedBecause: string | null;
  /** Leaves room for so many bytes more. */
  fill(bytesLeft: number): Promise<void>;
  /** Gives it its whole size back. */
  free(): Promise<void>;
  unmount(): void;
}

const fillTries = 20;

/**
 * Makes the folder and mounts memory on it (tmpfs), where the system lets us. It is made full by giving it a size
 * that leaves hardly any room, which costs no memory and takes effect at once.
 */
export function makeSizedDisk(folder: string, sizeMebibytes: number): SizedDisk {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const mounted = mount(["-t", "tmpfs", "-o", `size=${sizeMebibytes}m,mode=0755`, "millrace-chaos", folder]);
  const resize = (size: string) => mount(["-o", `remount,size=${size}`, folder]);
  return {
    folder,
    unsizedBecause: mounted,
    fill: async (bytesLeft) => {
      for (let tries = 1; ; tries++) {
        const { blocks, bfree, bsize } = await statfs(folder);
        // What is written between looking and resizing makes the size too small: then look again.
        const problem = resize(`${Math.ceil(((blocks - bfree) * bsize + bytesLeft) / 1024)}k`);
        if (problem === null) return;
        if (tries >= fillTries) throw new Error(`The disk ${folder} cannot be made full: ${problem}`);
        await sleep(20);
      }
    },
    free: async () => {
      const problem = resize(`${sizeMebibytes}m`);
      if (problem !== null) throw new Error(`The disk ${folder} cannot be freed: ${problem}`);
    },
    unmount: () => {
      if (mounted !== null) return;
      const { status } = spawnSync("umount", [folder], { stdio: "ignore" });
      if (status !== 0) spawnSync("umount", ["-l", folder], { stdio: "ignore" });
    },
  };
}

/** Null when it worked, else why it did not. */
function mount(args: readonly string[]): string | null {
  if (process.platform !== "linux") return "only Linux has tmpfs";
  const { status, stderr, error } = spawnSync("mount", args, { encoding: "utf8" });
  return status === 0
    ? null
    : error?.message || stderr.trim().split("\n")[0] || `mount exited with code ${status}`;
}
