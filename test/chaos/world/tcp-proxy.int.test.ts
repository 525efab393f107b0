import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reservePort } from "./reserve-port.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

let echo: Server;
let proxy: TcpProxy;
const clients: Socket[] = [];

beforeEach(async () => {
  const port = await reservePort();
  echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  echo.listen(port, "127.0.0.1");
  await once(echo, "listening");
  proxy = await startTcpProxy(await reservePort(), port);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  echo.close();
});

async function open(): Promise<Socket> {
  const client = connect(proxy.port, "127.0.0.1");
  clients.push(client);
  await once(client, "connect");
  return client;
}

async function echoes(client: Socket, text: string, waitMs = 2_000): Promise<boolean> {
  client.write(text);
  const answer = once(client, "data", { signal: AbortSignal.timeout(waitMs) });
  return answer.then(
    ([data]) => String(data) === text,
    () => false,
  );
}

describe("a link", () => {
  it("passes everything on, both ways, to the last byte", async () => {
    const client = await open();
    const sent = Buffer.alloc(3_000_000, "millrace");
    client.end(sent);
    const received: Buffer[] = [];
    for await (const data of client) received.push(data as Buffer);
    expect(Buffer.concat(received).equals(sent)).toBe(true);
  });

  it("that is refused resets what is open and lets nobody in, until it is mended", async () => {
    const client = await open();
    const reset = once(client, "error");
    const mend = proxy.trouble({ kind: "refused" });
    expect(((await reset)[0] as NodeJS.ErrnoException).code).toBe("ECONNRESET");
    const refused = await open().catch((error: NodeJS.ErrnoException) => error.code);
    expect(refused).toBe("ECONNREFUSED");
    await mend();
    expect(await echoes(await open(), "again")).toBe(true);
  });

  it("that is stalled says nothing, and afterwards loses nothing", async () => {
    const client = await open();
    const mend = proxy.trouble({ kind: "stalled" });
    expect(await echoes(client, "late", 300)).toBe(false);
    const late = once(client, "data");
    await mend();
    expect(String((await late)[0])).toBe("late");
  });

  it("that is slow takes its time", async () => {
    const client = await open();
    const mend = proxy.trouble({ kind: "slow", latencyMs: 150, bytesPerSecond: 1_000_000 });
    const began = performance.now();
    expect(await echoes(client, "slowly")).toBe(true);
    expect(performance.now() - began).toBeGreaterThan(280);
    await mend();
  });

  it("with two troubles has the other one still when one is mended", async () => {
    const client = await open();
    const mendOne = proxy.trouble({ kind: "stalled" });
    const mendOther = proxy.trouble({ kind: "stalled" });
    await mendOne();
    expect(await echoes(client, "later", 300)).toBe(false);
    await mendOther();
    expect(await echoes(await open(), "now")).toBe(true);
  });

  it("that vanished tells its client nothing, not even its end; new ones work", async () => {
    const client = await open();
    let heard = false;
    for (const event of ["data", "end", "close", "error"]) client.on(event, () => (heard = true));
    proxy.vanish(100);
    client.write("hello?");
    await sleep(500);
    expect(heard).toBe(false);
    expect(await echoes(await open(), "hello")).toBe(true);
  });
});
