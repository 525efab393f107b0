import { describe, expect, it } from "vitest";
import { firstToken, parseStructuredHeader } from "./structured-header.ts";

const parse = (header: string) => {
  const { value, params } = parseStructuredHeader(header);
  return [value, Object.fromEntries(params)];
};

describe("Content-Type and Content-Disposition", () => {
  it.each([
    ["", "", {}],
    ["TEXT/Plain", "text/plain", {}],
    ["text/plain; charset=UTF-8 (Plain text)", "text/plain", { charset: "UTF-8" }],
    ['multipart/mixed; boundary="a;b=c\\"d"; x', "multipart/mixed", { boundary: 'a;b=c"d' }],
    ["text/plain; charset=a; charset=b", "text/plain", { charset: "a" }],
    [
      "attachment; filename=Invoice (1).pdf; size=3",
      "attachment",
      { filename: "Invoice (1).pdf", size: "3" },
    ],
    [
      "attachment; filename*=UTF-8''na%C3%AFve.txt; filename=naive.txt",
      "attachment",
      { filename: "naïve.txt" },
    ],
    ["attachment; filename*1=b%20.txt; filename*0=a ", "attachment", { filename: "ab%20.txt" }],
    [
      "attachment; filename*0*=iso-8859-1'en'%E4; filename*1*=%F6; filename*2=%20",
      "attachment",
      { filename: "äö%20" },
    ],
    ["filename=x.txt", "", { filename: "x.txt" }],
    ['a/b; "lost"; name="unclosed', "a/b", { name: "unclosed" }],
    ["a/b; =; ; name = x", "a/b", { name: "x" }],
  ])("%s", (header, value, params) => {
    expect(parse(header)).toEqual([value, params]);
  });

  it("the first token stands after comments and quotes", () => {
    expect(firstToken('(why not) "BASE64" ; x')).toBe("base64");
    expect(firstToken("")).toBe("");
  });

  it.each([";", " ", "=", '"', "a=", "a*0*=%", "(", "a='"])(
    "takes linear time on a megabyte of %j",
    (unit) => {
      const header = `a/b;${unit.repeat(1_000_000)}`;
      const startedAt = performance.now();
      parseStructuredHeader(header);
      firstToken(header);
      expect(performance.now() - startedAt).toBeLessThan(5_000);
    },
  );
});
