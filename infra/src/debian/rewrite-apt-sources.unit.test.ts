import { expect, test } from "vitest";
import { parseOsRelease, rewriteDeb822Sources, rewriteOneLineSources } from "./rewrite-apt-sources.ts";

test("the distribution's own deb822 stanza leads to testing on the same mirror with the same key", () => {
  const text = `# comment
Types: deb deb-src
# another
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;
  expect(rewriteDeb822Sources(text, "bookworm")).toBe(
    "types: deb\nsuites: testing\ncomponents: main\nuris: http://mirror.example/debian\n" +
      "signed-by: /usr/share/keyrings/debian-archive-keyring.gpg\n",
  );
});

test("a key that stands in the stanza itself is kept over all its lines", () => {
  const text = `Types: deb
URIs: https://mirror.example/debian
Suites: trixie
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
 -----END PGP PUBLIC KEY BLOCK-----
`;
  expect(rewriteDeb822Sources(text, "trixie")).toContain(
    "signed-by: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n",
  );
});

test("other people's repositories, disabled ones and source-only ones are left out", () => {
  const stanza = (fields: string) =>
    `Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\n${fields}`;
  expect(rewriteDeb822Sources(stanza("Enabled: no"), "bookworm")).toBe("");
  expect(rewriteDeb822Sources(stanza("").replace("Types: deb", "Types: deb-src"), "bookworm")).toBe("");
  expect(rewriteDeb822Sources(stanza("").replace("main", "stable"), "bookworm")).toBe("");
  expect(rewriteDeb822Sources(stanza("").replace("Suites: bookworm", "Suites: nodistro"), "bookworm")).toBe(
    "",
  );
  expect(rewriteDeb822Sources("", "bookworm")).toBe("");
});

test("the one-line form is rewritten with its options, each mirror once", () => {
  const text = `# deb http://mirror.example/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main contrib # own
deb http://other.example/debian   bookworm main
deb http://other.example/debian bookworm-updates main
deb-src http://mirror.example/debian bookworm main
deb http://security.example/debian-security bookworm-security main
deb https://vendor.example/debian bookworm stable
deb https://vendor.example/apt cloud-bookworm main
deb http://other.example/debian stable main
`;
  expect(rewriteOneLineSources(text, "bookworm")).toBe(
    "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian testing main\n" +
      "deb http://other.example/debian testing main\n",
  );
});

test("a machine's release and family are read from os-release", () => {
  expect(parseOsRelease("ID=debian\nVERSION_CODENAME=bookworm\n")).toEqual({
    codename: "bookworm",
    debianLike: true,
  });
  expect(parseOsRelease('ID="mint"\nID_LIKE="ubuntu debian"\n')).toEqual({
    codename: null,
    debianLike: true,
  });
  expect(parseOsRelease("ID=alpine\n")).toEqual({ codename: null, debianLike: false });
});
