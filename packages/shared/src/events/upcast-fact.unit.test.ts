import { expect, it } from "vitest";
import { dataschemaOf, parseDataschema } from "./dataschema.ts";
import { factSchema } from "./facts.ts";
import { readFact, readFactIfAny } from "./read-fact.ts";
import { currentVersion, NewerFactError, type UpcastSteps, upcastFact } from "./upcast-fact.ts";

/** As if the type had had three versions: an amount in pounds, then in pence, then with its currency. */
const steps: UpcastSteps = {
  "watch.lapsed": [
    ({ pounds, ...rest }) => ({ ...rest, pence: Number(pounds) * 100 }),
    (fact) => ({ ...fact, currency: "GBP" }),
  ],
};
const type = "watch.lapsed";

it("a fact goes through the steps from its own version on, and no other", () => {
  const today = { type, pence: 300, currency: "GBP" };
  expect(currentVersion(type, steps)).toBe(3);
  expect(upcastFact({ type, pounds: "3" }, { type, version: 1 }, steps)).toEqual(today);
  expect(upcastFact({ type, pence: 300 }, { type, version: 2 }, steps)).toEqual(today);
  expect(upcastFact(today, { type, version: 3 }, steps)).toEqual(today);
});

it("a newer version and an unknown type are somebody else's to read", () => {
  expect(() => upcastFact({}, { type, version: 4 }, steps)).toThrow(NewerFactError);
  expect(() => upcastFact({}, { type: "sync.renamed", version: 1 }, steps)).toThrow(NewerFactError);
  expect(() => readFactIfAny({ type: "sync.renamed" }, 1)).toThrow(NewerFactError);
  expect(readFactIfAny({ type: "sync.resumed" }, 1)).toBeNull(); // broken, and not newer
  expect(readFactIfAny("nothing", 1)).toBeNull();
});

const page = {
  type: "page.listed",
  syncId: "s1",
  pageNumber: 0,
  messageIds: ["a"],
  nextPageToken: null,
  firstChunk: 0,
  chunkCount: 1,
  chunkSize: 100,
  listedBefore: 0,
  estimatedTotal: null,
  baseline: "7",
};

it("a page of the time when there was one stage is a page of that stage, in the first round", () => {
  expect(readFact(page, 1)).toEqual({
    ...page,
    mark: "",
    stage: "listing",
    round: 0,
    since: null,
    watermark: null,
    joined: 0,
    hadCopy: false,
    changes: null,
  });
});

it("a page that bears no version and says more keeps what it says", () => {
  expect(readFact({ ...page, stage: "changes", round: 2, mark: "m" }, 1)).toMatchObject({
    stage: "changes",
    round: 2,
    mark: "m",
    hadCopy: false,
  });
});

it("what is written as the current version has to be whole", () => {
  expect(readFactIfAny(page, currentVersion("page.listed"))).toBeNull();
});

it("each type's version goes into its dataschema and out of it", () => {
  for (const { shape } of factSchema.options) {
    const name = shape.type.value;
    expect(parseDataschema(dataschemaOf(name))).toEqual({ type: name, version: currentVersion(name) });
  }
  expect(dataschemaOf("page.listed")).toBe("urn:millrace:fact:page.listed:2");
  for (const other of ["", "urn:millrace:fact:page.listed", "urn:millrace:fact:page.listed:0", "https://x/y"])
    expect(parseDataschema(other)).toBeNull();
});
