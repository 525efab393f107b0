import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "selfsigned";

/** Files in PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface TestAuthority extends TestCertificate {
  /** Makes a certificate that this authority signs, for a name or an address. */
  sign(name: string, altName: { readonly dns: string } | { readonly ip: string }): Promise<TestCertificate>;
}

const strong = { keyType: "ec", curve: "P-256", algorithm: "sha256" } as const;

/** An authority of certificates of its own, with what it signs, in a folder. */
export async function makeTestAuthority(folder: string, name: string): Promise<TestAuthority> {
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    ...strong,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    ...write(folder, name, cert, key),
    sign: async (signed, altName) => {
      const alternative =
        "dns" in altName
          ? ({ type: 2, value: altName.dns } as const)
          : ({ type: 7, ip: altName.ip } as const);
      const made = await generate([{ name: "commonName", value: signed }], {
        ...strong,
        ca: { key, cert },
        extensions: [
          { name: "keyUsage", digitalSignature: true, critical: true },
          { name: "extKeyUsage", serverAuth: true, clientAuth: true },
          { name: "subjectAltName", altNames: [alternative] },
        ],
      });
      return write(folder, signed, made.cert, made.private);
    },
  };
}

function write(folder: string, name: string, cert: string, key: string): TestCertificate {
  const files = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key, { mode: 0o600 });
  return files;
}
