import { expect, test } from "vitest";
import { parsePasswd, unprivilegedUser } from "./run-as.ts";

const isRoot = process.getuid?.() === 0;

test("lines of the user database are read, and what is none is passed over", () => {
  const text = "root:x:0:0:root:/root:/bin/bash\n# comment\nbroken:x\nnobody:x:65534:65534::/:\n\n";
  expect(parsePasswd(text)).toEqual([
    { name: "root", uid: 0, gid: 0 },
    { name: "nobody", uid: 65_534, gid: 65_534 },
  ]);
});

test.runIf(isRoot)("root gives Postgres to the postgres user, else to nobody, else says what to do", () => {
  const nobody = "nobody:x:65534:65534::/:\n";
  expect(unprivilegedUser(() => `${nobody}postgres:x:101:103::/:\n`)?.name).toBe("postgres");
  expect(unprivilegedUser(() => nobody)?.name).toBe("nobody");
  expect(() => unprivilegedUser(() => "root:x:0:0::/:\n")).toThrow(/useradd|DATABASE_URL/);
});
