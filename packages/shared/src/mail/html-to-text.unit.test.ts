import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { htmlToText } from "./html-to-text.ts";

describe("the readable text of an HTML body", () => {
  it.each([
    ["<p>Hello <b>wor</b>ld</p><p>Next&nbsp;line</p>", "Hello world\nNext line"],
    ["<style>p{color:red}</style><SCRIPT>alert('<p>')</SCRIPT>seen", "seen"],
    ["<!-- hidden > --><td>a</td><td>b</td>", "a b"],
    ["caf&eacute; &#8364;&#x20AC; &lt;tag&gt; &unknown; &#xD800;", "café €€ <tag> &unknown; \uFFFD"],
    ["1 < 2 and 3 > 2", "1 < 2 and 3 > 2"],
    ["<a href='x'>link</a> <img alt=\"no\">", "link"],
    ["<p>open", "open"],
    ["text <!-- never closed", "text never closed"],
    ["<script>never closed", "never closed"],
    ["tag <b never closed", "tag <b never closed"],
    ["<?xml version='1.0'?><!DOCTYPE html><html><head><title>t</title></head><body>b</body></html>", "b"],
  ])("%s", (html, expected) => {
    expect(htmlToText(html)).toBe(expected);
  });

  it("is bounded", () => {
    expect(htmlToText("<p>word</p>".repeat(1_000_000), 1_000)).toMatch(/^(word\n){100,200}word$/);
  });

  it.each(["<", "<!--", "<script>", "<a ", "</", "&#", "&amp;", "<p>", " ", "\n", "<![CDATA["])(
    "takes linear time on a quarter of a million of %j",
    (unit) => {
      const html = unit.repeat(250_000);
      const startedAt = performance.now();
      htmlToText(html);
      expect(performance.now() - startedAt).toBeLessThan(10_000);
    },
    30_000,
  );

  it("never throws and is always storable", () => {
    const fragment = fc.oneof(
      fc.constantFrom("<", ">", "<p>", "<!--", "-->", "&#0;", "\0"),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(fc.array(fragment), (fragments) => {
        const text = htmlToText(fragments.join(""));
        expect(text.isWellFormed() && !text.includes("\0")).toBe(true);
      }),
    );
  }, 30_000);
});
