import fc from "fast-check";
import { expect, it } from "vitest";
import { attachmentDisposition } from "./content-disposition.ts";

it.each([
  ["report.pdf", 'attachment; filename="report.pdf"'],
  [null, 'attachment; filename="attachment"'],
  ["", 'attachment; filename="attachment"'],
  ["Grüße.txt", "attachment; filename=\"Gr__e.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt"],
  ["it's (1).txt", 'attachment; filename="it\'s (1).txt"'],
  ["ü'(*).txt", "attachment; filename=\"_'(_).txt\"; filename*=UTF-8''%C3%BC%27%28_%29.txt"],
  [
    'a"; filename="evil.exe',
    "attachment; filename=\"a__ filename=_evil.exe\"; filename*=UTF-8''a_%3B%20filename%3D_evil.exe",
  ],
  ["a\r\nSet-Cookie: x=1.txt", 'attachment; filename="aSet-Cookie_ x=1.txt"'],
  ["../../etc/passwd", 'attachment; filename="passwd"'],
  ["C:\\temp\\x.bat", 'attachment; filename="x.bat"'],
  ["...hidden", 'attachment; filename="hidden"'],
  ["..", 'attachment; filename="attachment"'],
  ["photo\u202Egpj.exe", 'attachment; filename="photogpj.exe"'],
])("%j becomes %s", (filename, expected) => {
  expect(attachmentDisposition(filename)).toBe(expected);
});

it("keeps a name's ending when it is too long", () => {
  expect(attachmentDisposition(`${"x".repeat(500)}.tar.gz`)).toMatch(/^attachment; filename="x{147}\.gz"$/);
});

it("is one well-formed header whatever the name", () => {
  const name = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string(),
    fc.string({ unit: fc.constantFrom(..."\r\n\"\\/;%'*.a\u0000ü") }),
  );
  fc.assert(
    fc.property(name, (filename) => {
      const header = attachmentDisposition(filename);
      expect(header).toMatch(/^attachment; filename="[^"\\\r\n]+"(; filename\*=UTF-8''[A-Za-z0-9%._~!-]+)?$/);
      expect(header).toMatch(/^[\x20-\x7e]+$/);
      const extended = /UTF-8''(.*)$/.exec(header)?.[1];
      if (extended !== undefined) expect(decodeURIComponent(extended)).not.toMatch(/[\p{Cc}/\\]/u);
    }),
    { numRuns: 1_000 },
  );
});
