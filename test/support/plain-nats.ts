import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { nkeys } from "@nats-io/transport-node";

/** Where the broker is, and the file with the seed of the user who comes. */
export interface PlainUser {
  readonly url: string;
  readonly seedFile: string;
}

/**
 * Publishes as the plainest client does, straight on the wire: what `nats pub` sends. No JetStream client, no
 * acknowledgement, optional headers. Resolves when the server has taken it.
 */
export function publishPlainly(
  { url, seedFile }: PlainUser,
  subject: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { hostname, port } = new URL(url);
  const payload = Buffer.from(body);
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const headerBlock = head.length === 0 ? "" : `NATS/1.0\r\n${head.join("")}\r\n`;
  const headerBytes = Buffer.byteLength(headerBlock);
  const command =
    headerBytes === 0
      ? `PUB ${subject} ${payload.length}\r\n`
      : `HPUB ${subject} ${headerBytes} ${headerBytes + payload.length}\r\n${headerBlock}`;
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let received = "";
    socket.on("error", reject);
    socket.on("data", (data) => {
      const isGreeted = received.includes("\r\n");
      received += data.toString();
      if (!isGreeted && received.includes("\r\n")) {
        const login = { verbose: false, headers: true, ...proofOf(seedFile, received) };
        socket.write(`CONNECT ${JSON.stringify(login)}\r\n${command}`);
        socket.write(payload);
        socket.write("\r\nPING\r\n");
      }
      if (received.includes("-ERR")) {
        socket.destroy();
        reject(new Error(received.slice(received.indexOf("-ERR")).trim()));
      } else if (received.includes("PONG")) {
        socket.end();
        resolve();
      }
    });
  });
}

/** A user's public key, and what the server has greeted us with, signed. */
function proofOf(seedFile: string, greeting: string): { readonly nkey: string; readonly sig: string } {
  const [, nonce = ""] = /"nonce":"([^"]*)"/.exec(greeting) ?? [];
  const key = nkeys.fromSeed(Buffer.from(readFileSync(seedFile, "utf8").trim()));
  const signature = Buffer.from(key.sign(Buffer.from(nonce)));
  return { nkey: key.getPublicKey(), sig: signature.toString("base64url") };
}
