import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * `npm run build [-- FOLDER]`: the package as it is published, in `dist`: ES modules, their types, the style sheet, and a
 * package.json that says what is where. Inside the workspace the sources themselves are used, and nothing has to be built.
 */
const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "dist"));
const sheet = "react/sync-progress.css";

rmSync(out, { recursive: true, force: true });
const compiler = join(here, "../../node_modules/.bin/tsc");
execFileSync(compiler, ["--project", join(here, "tsconfig.build.json"), "--outDir", out], {
  stdio: "inherit",
});
mkdirSync(dirname(join(out, sheet)), { recursive: true });
cpSync(join(here, "src", sheet), join(out, sheet));
// TypeScript looks for types of what is imported for its effect, too.
writeFileSync(join(out, `${sheet}.d.ts`), "export {};\n");
cpSync(join(here, "README.md"), join(out, "README.md"));
for (const file of readdirSync(out, { recursive: true, encoding: "utf8" }))
  if (file.endsWith(".d.ts")) nameModules(join(out, file));
writeFileSync(join(out, "package.json"), `${JSON.stringify(publishedManifest(), null, 2)}\n`);

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

function publishedManifest(): Manifest {
  const {
    private: _,
    devDependencies: __,
    scripts: ___,
    ...manifest
  } = manifestOf(join(here, "package.json"));
  const dependencies = Object.fromEntries(
    Object.keys(manifest.dependencies).map((name) => [name, `^${versionOf(name)}`]),
  );
  const modules = (entry: string) => ({ types: `./${entry}.d.ts`, default: `./${entry}.js` });
  const exports = {
    ".": modules("index"),
    "./react": modules("react/index"),
    [`./${sheet}`]: { types: `./${sheet}.d.ts`, default: `./${sheet}` },
  };
  return { ...manifest, sideEffects: ["*.css"], exports, dependencies };
}

/** The compiler names modules anew in code only. */
function nameModules(file: string): void {
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replaceAll(/((?:from |import\()"\.[^"]*)\.tsx?"/g, '$1.js"'));
}

/** The one that is tested with. */
function versionOf(name: string): string {
  return manifestOf(createRequire(import.meta.url).resolve(`${name}/package.json`)).version;
}

function manifestOf(file: string): Manifest {
  return JSON.parse(readFileSync(file, "utf8")) as Manifest;
}
