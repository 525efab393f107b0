import { describe, expect, it } from "vitest";
import { DefectList } from "./defect-list.ts";
import { scanHeaders } from "./scan-headers.ts";

const scan = (message: string | Uint8Array, defects = new DefectList()) =>
  scanHeaders(typeof message === "string" ? Buffer.from(message) : message, defects);

describe("the header block", () => {
  it("keeps all headers in order, duplicates and names as written", () => {
    expect(scan("Received: one\r\nX-A: 1\r\nreceived:two\r\n")).toEqual([
      ["Received", "one"],
      ["X-A", "1"],
      ["received", "two"],
    ]);
  });

  it("joins folded lines and keeps their blanks, with either line end", () => {
    expect(scan("Subject: a\r\n  b\r\n\tc\r\n")).toEqual([["Subject", "a  b\tc"]]);
    expect(scan("Subject: a\n  b\nX: y\n")).toEqual([
      ["Subject", "a  b"],
      ["X", "y"],
    ]);
  });

  it("reads 8-bit lines as UTF-8, and as windows-1252 where they are not", () => {
    const message = Buffer.concat([Buffer.from("A: é\r\nB: "), Buffer.from([0xe9]), Buffer.from("\r\n\r\n")]);
    expect(scan(message)).toEqual([
      ["A", "é"],
      ["B", "é"],
    ]);
  });

  it("passes over what is no header and says so", () => {
    const defects = new DefectList();
    expect(scan("From me Mon Jan 1\n folded\nno colon\n: no name\nA: 1\n\n", defects)).toEqual([["A", "1"]]);
    expect(defects.toArray()).toEqual(["Lines of the header block that are no header: 3."]);
  });

  it("may end without a line end, and may be empty", () => {
    expect(scan("A: 1\nB: 2")).toHaveLength(2);
    expect(scan("")).toEqual([]);
  });
});
