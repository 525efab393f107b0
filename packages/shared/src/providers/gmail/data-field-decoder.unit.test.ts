import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataFieldDecoder, DataFieldError } from "./data-field-decoder.ts";

/** @param cuts where the answer is cut into pieces */
function decode(json: string, cuts: readonly number[] = []): Buffer {
  const bytes = Buffer.from(json);
  const decoder = new DataFieldDecoder();
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  const decoded: Buffer[] = [];
  let from = 0;
  for (const end of ends) {
    decoded.push(...decoder.push(bytes.subarray(from, end)));
    from = end;
  }
  return Buffer.concat([...decoded, decoder.end()]);
}

const cutsOf = fc.array(fc.nat(), { maxLength: 20 });

describe("the field data of an answer", () => {
  it("is decoded whatever it holds and wherever the answer is cut", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), cutsOf, (bytes, cuts) => {
        const data = Buffer.from(bytes).toString("base64url");
        expect(decode(JSON.stringify({ size: bytes.length, data }), cuts)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it("is found among other fields, of whatever form, and no other field is taken for it", () => {
    const field = fc.string({ maxLength: 8 }).filter((name) => name !== "data" && name !== "size");
    fc.assert(
      fc.property(fc.dictionary(field, fc.jsonValue()), fc.boolean(), cutsOf, (others, isFirst, cuts) => {
        const own = { size: 3, data: "YWJj" };
        const nested = { "nested ": { data: "eHh4", size: "7" }, list: [{ data: "eHh4" }, '"data":"eHh4"'] };
        const answer = isFirst ? { ...own, ...nested, ...others } : { ...nested, ...others, ...own };
        for (const indent of [0, 2])
          expect(decode(JSON.stringify(answer, null, indent), cuts).toString()).toBe("abc");
      }),
    );
  });

  it.each([
    ['{"data":"YQ\\u003d\\u003d"}', "a"],
    ['{"data":"YQ==\\n"}', "a"],
    ['{"data":"\\/\\u002b\\u002F-"}', Buffer.from("/+/+", "base64").toString("latin1")],
    ['{"d\\u0061ta":"YWI"}', "ab"],
    ['{"size":0}', ""],
    ['{ "size" : 0 , "x":1}', ""],
    ['{"data":""}', ""],
  ])("is understood in another spelling: %s", (json, expected) => {
    for (let cut = 0; cut < json.length; cut++) expect(decode(json, [cut]).toString("latin1")).toBe(expected);
  });

  it.each([
    "",
    "<html></html>",
    "[]",
    '"data"',
    "{}",
    '{"size":3}',
    '{"data":"YWJj"',
    '{"data":"YWJj',
    '{"data":"YWJj\\',
    '{"data":"YWJj\\u00',
    '{"data":"YWJj"}{"data":"YWJj"}',
    '{"data":null}',
  ])("that is missing or cut short is no content: %s", (json) => {
    expect(() => decode(json)).toThrow(DataFieldError);
  });
});
