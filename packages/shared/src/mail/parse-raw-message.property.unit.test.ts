import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRawMessage } from "./parse-raw-message.ts";
import { findUnstorable, testEnvelope } from "./testing/storable-message.ts";

/** Pieces that steer a parser into its corners, mixed with noise. */
const fragment = fc.oneof(
  fc
    .constantFrom(
      "\r\n",
      "\n",
      "\r",
      "\r\n\r\n",
      "--b",
      "--b--",
      "--",
      "\0",
      "=?utf-8?B?",
      "?=",
      "=?x?q?=00?=",
      "=",
      ":",
      ";",
      " ",
      "\t",
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
      "Content-Type: text/plain; charset=iso-2022-kr\r\n",
      "Content-Transfer-Encoding: base64\r\n",
      "Content-Disposition: attachment; filename*0*=utf-8''%FF; filename*1=x\r\n",
      "Date: ",
      "From: ",
      "To: a:b:c;,<",
      "Subject: ",
      "References: <<>>",
      "Content-Type: message/rfc822\r\n\r\n",
      "(",
      '"',
      "\\",
    )
    .map((text) => Buffer.from(text, "latin1")),
  fc.uint8Array({ maxLength: 40 }),
);

describe("whatever bytes arrive", () => {
  it("a message comes out that Postgres can store, with the exact bytes", () => {
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 40 }), (fragments) => {
        const bytes = Buffer.concat(fragments);
        const message = parseRawMessage(bytes, testEnvelope);
        expect(findUnstorable(message)).toEqual([]);
        expect(message.raw).toBe(bytes);
      }),
      { numRuns: 500 },
    );
  }, 30_000);
});
