import { expect, it } from "vitest";
import { namesMeant } from "./names-meant.ts";

const names = ["audit", "finishedsyncs", "failedsyncs", "traces"];

it.each([
  ["aduit", ["audit"]],
  ["finishdsyncs", ["finishedsyncs"]],
  ["tracs", ["traces"]],
  ["mailboxes", []],
  ["", []],
])("%s: %j", (misspelt, meant) => {
  expect(namesMeant(misspelt, names)).toEqual(meant);
});

it("names all that are equally near", () => {
  expect(namesMeant("sync", ["syncs", "synch"])).toEqual(["synch", "syncs"]);
});
