import { X509Certificate } from "node:crypto";
import { serviceNames } from "@millrace/shared/nats/service-rights";
import { generate } from "selfsigned";
import type { SecretStore } from "./secret-store.ts";

const dayMs = 24 * 3_600_000;
const authorityDays = 3_650;
const serverDays = 730;
/** One that ends sooner is replaced at the next start. */
const serverDaysMin = 180;
const strong = { keyType: "ec", curve: "P-256", algorithm: "sha256" } as const;

/**
 * An authority of this installation's own, and the broker's certificate, which it signs for the name by which the other
 * containers reach it and for the machine's own.
 */
export async function prepareCertificates(store: SecretStore, host: string): Promise<void> {
  const authority = await prepareAuthority(store);
  const known = store.read("nats", "server.pem");
  if (known === null || !isGood(known, authority.cert, host)) {
    const made = await generate([{ name: "commonName", value: host }], {
      ...strong,
      notAfterDate: new Date(Date.now() + serverDays * dayMs),
      ca: authority,
      extensions: [
        { name: "keyUsage", digitalSignature: true, critical: true },
        { name: "extKeyUsage", serverAuth: true },
        {
          name: "subjectAltName",
          altNames: [
            { type: 2, value: host },
            { type: 2, value: "localhost" },
            { type: 7, ip: "127.0.0.1" },
          ],
        },
      ],
    });
    store.write("nats", "server.key", made.private);
    store.write("nats", "server.pem", made.cert);
  }
  for (const name of [...serviceNames, "demo"] as const) store.write(name, "nats-ca.pem", authority.cert);
}

async function prepareAuthority(
  store: SecretStore,
): Promise<{ readonly cert: string; readonly key: string }> {
  const [cert, key] = [store.read("setup", "ca.pem"), store.read("setup", "ca.key")];
  if (cert !== null && key !== null) return { cert, key };
  const made = await generate([{ name: "commonName", value: "Millrace" }], {
    ...strong,
    notAfterDate: new Date(Date.now() + authorityDays * dayMs),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  store.write("setup", "ca.key", made.private);
  store.write("setup", "ca.pem", made.cert);
  return { cert: made.cert, key: made.private };
}

function isGood(pem: string, authority: string, host: string): boolean {
  const certificate = new X509Certificate(pem);
  const isSigned = certificate.verify(new X509Certificate(authority).publicKey);
  const leftMs = certificate.validToDate.getTime() - Date.now();
  return isSigned && certificate.checkHost(host) !== undefined && leftMs > serverDaysMin * dayMs;
}
