import { isPortFree } from "@millrace/infra/process/free-port";

/**
 * Below the range that systems take the ports of outgoing connections from (32768 on Linux, 49152 elsewhere): a
 * server that is away for a while finds its port free when it comes back.
 */
const lowest = 14_000;
const highest = 31_999;
const triesMax = 500;

const reserved = new Set<number>();

/** A port of the loopback interface that stays ours for the life of this process. */
export async function reservePort(): Promise<number> {
  for (let tries = 0; tries < triesMax; tries++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest + 1));
    if (reserved.has(port)) continue;
    reserved.add(port);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`No port from ${lowest} to ${highest} is free on 127.0.0.1.`);
}
