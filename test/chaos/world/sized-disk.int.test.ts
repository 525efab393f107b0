import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeSizedDisk, type SizedDisk } from "./sized-disk.ts";

const mebibyte = Buffer.alloc(1024 ** 2);

let parent: string;
let disk: SizedDisk;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "millrace-disk-"));
  disk = makeSizedDisk(join(parent, "disk"), 16);
});
afterEach(() => {
  disk.unmount();
  rmSync(parent, { recursive: true, force: true });
});

const write = (name: string): void => writeFileSync(join(disk.folder, name), mebibyte);

it("a disk takes what it is made for until it is full, keeps it, and takes more when it is free again", async (test) => {
  if (disk.unsizedBecause !== null) return test.skip(disk.unsizedBecause);
  write("before");
  await disk.fill(100_000);
  expect(() => write("while full")).toThrow(/ENOSPC/);
  rmSync(join(disk.folder, "while full"), { force: true });
  await disk.free();
  write("after");
  expect(statSync(join(disk.folder, "before")).size).toBe(mebibyte.length);
  disk.unmount();
  expect(readdirSync(disk.folder)).toEqual([]);
});

it("where no disk can be mounted there is a folder, and a reason", (test) => {
  if (disk.unsizedBecause === null) return test.skip("it can be mounted here");
  expect(existsSync(disk.folder)).toBe(true);
  expect(disk.unsizedBecause).not.toBe("");
});
