import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const servicesFolder = fileURLToPath(new URL("../../../", import.meta.url));

/** Files of packages that are loaded together with a module of a service. */
function filesLoadedBy(module: string): string {
  const program = `
    import { registerHooks } from "node:module";
    registerHooks({ load: (url, context, next) => { console.log(url); return next(url, context); } });
    await import(process.argv[1]);`;
  return execFileSync(process.execPath, ["--input-type=module", "--eval", program, module], {
    encoding: "utf8",
    maxBuffer: 16 * 1024 ** 2,
  });
}

test("what only a reader of the documentation needs, or an owner of a bucket, is not loaded by others", () => {
  const api = filesLoadedBy(`${servicesFolder}sync-api/src/app.ts`);
  expect(api).toContain("fastify");
  expect(api).not.toContain("@scalar");
  const blobs = filesLoadedBy(`${servicesFolder}../packages/shared/src/blobs/open-blob-store.ts`);
  expect(blobs).toContain("create-folder-store");
  expect(blobs).not.toContain("@aws-sdk");
});
