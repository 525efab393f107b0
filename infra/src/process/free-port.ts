import { createServer } from "node:net";

/** A port of the loopback interface that was free a moment ago: whoever uses it must cope with a clash. */
export async function freePort(): Promise<number> {
  const port = await tryListen(0);
  if (port === null) throw new Error("The system has no free port on 127.0.0.1.");
  return port;
}

/** Whether a port of the loopback interface is free (1 to 65535). */
export async function isPortFree(port: number): Promise<boolean> {
  return (await tryListen(port)) !== null;
}

function tryListen(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(address && typeof address === "object" ? address.port : null));
    });
  });
}
