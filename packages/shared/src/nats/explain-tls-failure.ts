import { readFileSync } from "node:fs";
import { connect as connectPlainly, isIP, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import type { TlsOptions } from "@nats-io/transport-node";

const patienceMs = 3_000;
/** A broker's greeting has about 500 bytes; nothing longer is one. */
const greetingBytesMax = 16_384;

/**
 * With TLS 1.3 a server refuses a client's certificate, or misses one, when the client takes the connection for made:
 * the client library only sees that nothing comes. This looks once what is said then.
 *
 * @param server host and port
 * @returns why the server ended the handshake; null when that is not what is wrong
 */
export async function explainTlsFailure(server: string, tls: TlsOptions): Promise<string | null> {
  const { hostname, port } = new URL(`nats://${server}`);
  const host = hostname.replace(/^\[|\]$/g, "");
  const socket = connectPlainly(Number(port || 4222), host);
  socket.setTimeout(patienceMs, () => socket.destroy());
  try {
    const greeting = await readGreeting(socket);
    if (!/"tls_(required|available)":true/.test(greeting)) return null;
    const refusal = await handshakeRefusal(socket, host, tls);
    if (refusal === null) return null;
    const wantsOne = greeting.includes('"tls_verify":true') && !tls.certFile;
    return wantsOne
      ? "the server wants a certificate of its clients. Set NATS_TLS_CERT_FILE and NATS_TLS_KEY_FILE."
      : `the server ended the handshake (${refusal}). Is the certificate in NATS_TLS_CERT_FILE one that it trusts?`;
  } catch {
    return null;
  } finally {
    socket.destroy();
  }
}

function readGreeting(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let greeting = "";
    const onData = (data: Buffer): void => {
      greeting += data.toString("latin1");
      if (greeting.length > greetingBytesMax) reject(new Error("No greeting of a NATS server"));
      if (!greeting.includes("\r\n")) return;
      socket.off("data", onData);
      resolve(greeting);
    };
    socket.on("data", onData);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("The server hung up")));
  });
}

/** The code of the alert with which the server answers our handshake; null when it takes it. */
function handshakeRefusal(socket: Socket, host: string, tls: TlsOptions): Promise<string | null> {
  const read = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file));
  return new Promise((resolve) => {
    const secure = connectSecurely({
      socket,
      ...(isIP(host) ? {} : { servername: host }),
      ca: read(tls.caFile),
      cert: read(tls.certFile),
      key: read(tls.keyFile),
      checkServerIdentity: () => undefined, // the client has done that, and came further
    });
    secure.setTimeout(patienceMs, () => resolve(null));
    secure.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code?.startsWith("ERR_SSL_") ? error.code : null);
    });
    secure.once("close", () => resolve(null));
    secure.once("data", () => resolve(null));
  });
}
