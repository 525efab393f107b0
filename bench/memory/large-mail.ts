import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "@millrace/gmail-simulator/random";

const mebibyte = 1024 ** 2;
/** Base64 with its line breaks takes so much more than what it carries. */
const base64Growth = (4 / 3) * (78 / 76);
const lineCharacters = 76;

/**
 * Fills a folder with messages of about this size: half of them a short text with one attachment, the others nothing but
 * text, which nobody can leave to be fetched later.
 */
export function writeLargeMail(folder: string, messages: number, mebibytes: number): void {
  const bodies = [withAttachment(mebibytes * mebibyte), longText(mebibytes * mebibyte)];
  for (let n = 0; n < messages; n++) {
    const head =
      `From: Ann <ann@bench.test>\r\nTo: Ben <ben@bench.test>\r\nSubject: Large ${n}\r\n` +
      `Date: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <large${n}@bench.test>\r\nMIME-Version: 1.0\r\n`;
    const body = bodies[n % bodies.length] ?? Buffer.alloc(0);
    writeFileSync(join(folder, `large${n}.eml`), Buffer.concat([Buffer.from(head), body]));
  }
}

function withAttachment(bytes: number): Buffer {
  const random = new Random(1);
  const content = Buffer.alloc(4 * Math.floor(bytes / base64Growth / 4));
  for (let at = 0; at < content.length; at += 4) content.writeUInt32LE(random.next(), at);
  const lines = content.toString("base64").replace(/.{76}/g, "$&\r\n");
  return Buffer.from(
    'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n' +
      '--b\r\nContent-Type: application/zip; name="large.zip"\r\nContent-Transfer-Encoding: base64\r\n' +
      `Content-Disposition: attachment; filename="large.zip"\r\n\r\n${lines}\r\n--b--\r\n`,
    "latin1",
  );
}

function longText(bytes: number): Buffer {
  const words = "All of this is text that somebody has pasted into a mail, line by line and word by word. ";
  const line = `${words.slice(0, lineCharacters)}\r\n`;
  return Buffer.from(
    `Content-Type: text/plain; charset="utf-8"\r\n\r\n${line.repeat(Math.floor(bytes / line.length))}`,
    "latin1",
  );
}
