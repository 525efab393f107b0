import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";

const bytesMax = 256 * 1024;

/** The last `lines` lines of a file, reading at most 256 KB of it; empty when there is no such file. */
export function readLogTail(file: string, lines: number): string {
  const text = readLogFrom(file, Math.max(0, logSize(file) - bytesMax));
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}

/** What was written after the first `offset` bytes, at most the last 256 KB of it. */
export function readLogFrom(file: string, offset: number): string {
  try {
    const descriptor = openSync(file, "r");
    try {
      const size = fstatSync(descriptor).size;
      const start = Math.max(offset, size - bytesMax);
      const buffer = Buffer.alloc(Math.max(0, size - start));
      const read = readSync(descriptor, buffer, 0, buffer.length, start);
      return buffer.toString("utf8", 0, read);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return "";
  }
}

/** The file's size in bytes, 0 when there is none. */
export function logSize(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
