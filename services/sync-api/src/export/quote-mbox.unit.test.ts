import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mboxFromLine, quoteMbox } from "./quote-mbox.ts";

async function quoted(...pieces: readonly string[]): Promise<string> {
  const out: Buffer[] = [];
  async function* source() {
    for (const piece of pieces) yield Buffer.from(piece, "latin1");
  }
  for await (const piece of quoteMbox(source())) out.push(piece);
  return Buffer.concat(out).toString("latin1");
}

/** What whoever reads an mboxrd does. */
const unquoted = (entry: string): string =>
  entry
    .split("\n")
    .map((line) => line.replace(/^>(>*From )/, "$1"))
    .join("\n")
    .slice(0, -1);

describe("an entry of an mbox", () => {
  it("quotes whatever could be taken for the next entry, however often it is quoted already", async () => {
    expect(await quoted("From a\n>From b\n>>>From c\n From d\nfrom e\nxFrom f\nFrom\n")).toBe(
      ">From a\n>>From b\n>>>>From c\n From d\nfrom e\nxFrom f\nFrom\n\n",
    );
  });

  it("has line feeds only, ends its last line, and an empty one", async () => {
    expect(await quoted("a: b\r\n\r\ntext\r\nlast")).toBe("a: b\n\ntext\nlast\n\n");
    expect(await quoted("lone\rreturn\r\r\n")).toBe("lone\rreturn\r\n\n");
    expect(await quoted("")).toBe("\n");
    expect(await quoted("ends\r")).toBe("ends\r\n\n");
  });

  it("is the same however its bytes arrive, and can be undone", async () => {
    const text = fc
      .array(fc.constantFrom("From ", ">", "\n", "\r\n", "\r", "F", "Fro", "x", "m "), { maxLength: 40 })
      .map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(60), { maxLength: 12 }), async (whole, cuts) => {
        const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b)];
        const pieces = places.map((from, i) => whole.slice(from, places[i + 1] ?? whole.length));
        const entry = await quoted(whole);
        expect(await quoted(...pieces)).toBe(entry);
        expect(entry.split("\n").some((line) => line.startsWith("From "))).toBe(false);
        const lines = whole.replaceAll("\r\n", "\n");
        expect(unquoted(entry)).toBe(lines === "" || lines.endsWith("\n") ? lines : `${lines}\n`);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the line that begins an entry", () => {
  const at = new Date("2026-03-07T04:05:06Z");

  it("names the sender and the time as asctime does", () => {
    expect(mboxFromLine("ann@example.com", at)).toBe("From ann@example.com Sat Mar  7 04:05:06 2026\n");
    expect(mboxFromLine("ann@example.com", new Date("2026-12-24T14:05:06Z"))).toBe(
      "From ann@example.com Thu Dec 24 14:05:06 2026\n",
    );
  });

  it("is one line whatever a message calls its sender", () => {
    for (const sender of ["x@y\nFrom evil@example.com", "a b@c", "", "no address", null])
      expect(mboxFromLine(sender, null)).toBe("From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n");
  });
});
