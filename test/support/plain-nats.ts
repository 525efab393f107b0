import { connect } from "node:net";

/**
 * Publishes as the plainest client does, straight on the wire: what `nats pub` sends. No JetStream client, no
 * acknowledgement, optional headers. Resolves when the server has taken it.
 */
export function publishPlainly(
  url: string,
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
      received += data.toString();
      if (!received.includes("PONG")) return;
      socket.end();
      resolve();
    });
    socket.write(`CONNECT {"verbose":false,"headers":true}\r\n${command}`);
    socket.write(payload);
    socket.write("\r\nPING\r\n");
  });
}
