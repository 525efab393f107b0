import { describe, expect, it } from "vitest";
import { decodeText } from "./decode-text.ts";
import { DefectList } from "./defect-list.ts";

const decode = (bytes: Uint8Array, charset: string | null, trust: "declared" | "utf8") => {
  const defects = new DefectList();
  return { text: decodeText(bytes, charset, trust, defects), defects: defects.toArray().length };
};
const utf8 = (text: string) => Buffer.from(text);
const latin1 = (text: string) => Buffer.from(text, "latin1");

describe("bytes that the provider transcoded", () => {
  it("are UTF-8 whatever the sender's label says", () => {
    expect(decode(utf8("дом"), "koi8-r", "utf8")).toEqual({ text: "дом", defects: 0 });
  });

  it("are read by the label when they are not UTF-8", () => {
    expect(decode(Buffer.from([0xc4, 0xcf, 0xcd]), "koi8-r", "utf8")).toEqual({ text: "дом", defects: 0 });
  });

  it("are read by a 7-bit label when its escape sequences are still there", () => {
    const japanese = Buffer.from("1b2442467c4b5c1b2842", "hex");
    expect(decode(japanese, "ISO-2022-JP", "utf8").text).toBe("日本");
    expect(decode(utf8("日本"), "ISO-2022-JP", "utf8").text).toBe("日本");
  });
});

describe("bytes as the sender wrote them", () => {
  it("are read by the label, also where they happen to be UTF-8", () => {
    expect(decode(utf8("é"), "iso-8859-1", "declared")).toEqual({ text: "Ã©", defects: 0 });
  });

  it.each([null, "us-ascii", "x-no-such-charset"])(
    "with the label %s are UTF-8 if they can be",
    (charset) => {
      expect(decode(utf8("é"), charset, "declared").text).toBe("é");
    },
  );

  it("that fit nothing are windows-1252, with a defect", () => {
    expect(decode(latin1("caf\xe9 \x93"), null, "declared")).toEqual({ text: "café “", defects: 1 });
    expect(decode(latin1("caf\xe9"), "utf-8", "declared").text).toBe("caf\uFFFD".replace("\uFFFD", "é"));
  });

  it("that are UTF-8 but for one damaged byte keep their other characters", () => {
    const damaged = Buffer.concat([utf8("größer und schöner"), Buffer.from([0xff])]);
    expect(decode(damaged, "utf-8", "declared")).toEqual({ text: "größer und schöner\uFFFD", defects: 1 });
  });
});
