import { createSocket } from "node:dgram";
import type { AddressInfo } from "node:net";

/** A name server that says what it is told to say. */
export interface NameServer {
  /** As `setServers` takes it. */
  readonly address: string;
  /** Questions that have come, in order: `A name`, `AAAA name`. */
  readonly questions: readonly string[];
  /** The IPv4 addresses of each name, from now on; null: it says nothing. */
  answer(how: (name: string) => readonly string[] | null): void;
  stop(): Promise<void>;
}

const types: Readonly<Record<number, string>> = { 1: "A", 28: "AAAA" };
const noError = 0x8180;

/** DNS over UDP (RFC 1035, 4), as much of it as one question needs; names have no AAAA records. */
export async function startNameServer(): Promise<NameServer> {
  const questions: string[] = [];
  let addressesOf: (name: string) => readonly string[] | null = () => [];
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => {
    const { name, type, end } = readQuestion(query);
    questions.push(`${types[type] ?? type} ${name}`);
    const addresses = type === 1 ? addressesOf(name) : [];
    if (addresses === null) return;
    const header = Buffer.alloc(12);
    header.writeUInt16BE(query.readUInt16BE(0), 0);
    header.writeUInt16BE(noError, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    socket.send(Buffer.concat([header, query.subarray(12, end), ...addresses.map(recordOf)]), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    questions,
    answer: (how) => {
      addressesOf = how;
    },
    stop: () => new Promise((resolve) => socket.close(resolve)),
  };
}

function readQuestion(query: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join("."), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** An A record of the question's name, which nobody keeps. */
function recordOf(address: string): Buffer {
  return Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)]);
}
