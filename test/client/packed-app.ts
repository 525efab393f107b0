import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL("../../packages/client", import.meta.url));
const bin = fileURLToPath(new URL("../../node_modules/.bin", import.meta.url));
const parser = dirname(createRequire(join(packageFolder, "x.js")).resolve("eventsource-parser/package.json"));

/** Where each React that is supported is installed, with its types. */
const reacts = {
  18: fileURLToPath(new URL("../react-18/node_modules", import.meta.url)),
  19: join(packageFolder, "node_modules"),
} as const;
export type ReactVersion = keyof typeof reacts;
const ofReact = ["react", "react-dom", "@types/react"];

/** A folder of somebody who has installed the package as `npm pack` makes it, and nothing of this workspace. */
export interface PackedApp {
  readonly folder: string;
  write(name: string, text: string): void;
  useReact(version: ReactVersion): void;
  /** Compiles files strictly, with browsers' types, and with Node's where that is said. @throws Error with what is wrong */
  compile(files: readonly string[], types?: "" | "node"): Promise<void>;
  remove(): void;
}

export async function packApp(): Promise<PackedApp> {
  const around = mkdtempSync(join(tmpdir(), "millrace-packed-"));
  const folder = join(around, "app");
  mkdirSync(folder);
  const pack = async (from: string): Promise<string> => {
    const { stdout } = await run("npm", ["pack", from, "--ignore-scripts", "--json"], { cwd: around });
    const packed = Object.values(JSON.parse(stdout) as Record<string, { filename: string }>)[0];
    return join(around, packed?.filename ?? "");
  };
  await run(process.execPath, [join(packageFolder, "build-package.ts"), join(around, "dist")]);
  const packed = [await pack(join(around, "dist")), await pack(realpathSync(parser))];
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write("package.json", JSON.stringify({ name: "app", private: true, type: "module" }));
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--legacy-peer-deps", ...packed], {
    cwd: folder,
  });
  const put = (name: string, from: string): void => {
    const link = join(folder, "node_modules", name);
    if (existsSync(link)) rmSync(link);
    symlinkSync(realpathSync(from), link);
  };
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  put("@types/node", fileURLToPath(new URL("../../node_modules/@types/node", import.meta.url)));
  return {
    folder,
    write,
    useReact: (version) => {
      for (const name of ofReact) put(name, join(reacts[version], name));
    },
    compile: async (files, types = "") => {
      const flags = [
        "--strict",
        "--noEmit",
        "--module",
        "nodenext",
        "--target",
        "es2022",
        "--jsx",
        "react-jsx",
      ];
      const args = [
        ...flags,
        "--lib",
        "es2022,dom,dom.iterable,dom.asynciterable",
        "--types",
        types,
        ...files,
      ];
      await run(join(bin, "tsc"), args, { cwd: folder }).catch((error: { stdout: string }) => {
        throw new Error(error.stdout, { cause: error });
      });
    },
    remove: () => rmSync(around, { recursive: true, force: true }),
  };
}
