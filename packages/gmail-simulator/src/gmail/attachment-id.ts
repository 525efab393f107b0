import { hashText } from "../random.ts";

/**
 * An attachment's opaque id. As in Gmail it is long and another one in every answer, though each works: a client
 * must not take it for the attachment's identity.
 */
export function writeAttachmentId(messageId: string, partId: string, noise: number): string {
  const text = `${noise.toString(36)}|${partId}|${check(messageId, partId, noise)}|`;
  return `ANGjdJ${Buffer.from(text.padEnd(MIN_CHARACTERS, FILL), "latin1").toString("base64url")}`;
}

/** The part's id, or null when the attachment id is not of this message. */
export function readAttachmentId(messageId: string, attachmentId: string): string | null {
  if (!attachmentId.startsWith("ANGjdJ")) return null;
  const text = Buffer.from(attachmentId.slice(6), "base64url").toString("latin1");
  const match = /^([0-9a-z]+)\|([0-9.]*)\|([0-9a-z]+)\|/.exec(text);
  if (match === null) return null;
  const partId = match[2] ?? "";
  return match[3] === check(messageId, partId, Number.parseInt(match[1] ?? "", 36)) ? partId : null;
}

const MIN_CHARACTERS = 120;
const FILL = "millrace simulator attachment ";

function check(messageId: string, partId: string, noise: number): string {
  return hashText(`${messageId}\n${partId}\n${noise}`).toString(36);
}
