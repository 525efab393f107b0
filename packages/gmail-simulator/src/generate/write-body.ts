import type { Random } from "../random.ts";
import { fillerBase64 } from "./filler.ts";
import type { MessageKind } from "./message-traits.ts";
import type { PhrasePack } from "./phrase-pack.ts";
import { base64Lines } from "./transfer-encode.ts";

export interface BodyRequest {
  readonly kind: MessageKind;
  readonly pack: PhrasePack;
  readonly slot: number;
  readonly dateMs: number;
  readonly random: Random;
}

/** The MIME headers and the body of a generated message, one character a byte. */
export function writeBody(request: BodyRequest): string {
  return `MIME-Version: 1.0\r\n${bodyWriters[request.kind](request)}`;
}

/** Every part ends with a line break, so that a boundary can follow. */
const bodyWriters: Readonly<Record<MessageKind, (request: BodyRequest) => string>> = {
  plain: (request) => textPart(request, 8, 60),
  alternative: (request) => alternative(request, 4, 24),
  newsletter: (request) => newsletter(request),
  notification: (request) => htmlPart(request, 4, 14),
  attachment: (request) => mixed(request, [alternative(request, 2, 10), ...attachments(request)]),
  inlineImages: (request) => related(request),
  invitation: (request) => invitation(request),
  forward: (request) => mixed(request, [textPart(request, 1, 4), forwardedPart(request)]),
};

/** Attachments: most are small; one in ten is 100 KB to 2 MB. */
const LARGE_ATTACHMENT_SHARE = 0.1;
const SMALL_BYTES = [2_000, 40_000] as const;
const LARGE_BYTES = [100_000, 2_000_000] as const;

const FILES = [
  ["application/pdf", "report", "pdf"],
  ["image/jpeg", "photo", "jpg"],
  ["image/png", "screenshot", "png"],
  ["application/zip", "archive", "zip"],
  ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "numbers", "xlsx"],
] as const;

function textPart(request: BodyRequest, linesMin: number, linesMax: number): string {
  return leaf("plain", request.pack, joinLines(request.pack.textLines, request.random, linesMin, linesMax));
}

function htmlPart(request: BodyRequest, linesMin: number, linesMax: number): string {
  const { pack, random } = request;
  const body = `<html><body>\r\n${joinLines(pack.htmlLines, random, linesMin, linesMax)}</body></html>\r\n`;
  return leaf("html", pack, body);
}

function leaf(subtype: string, pack: PhrasePack, content: string): string {
  const body = pack.encoding === "base64" ? base64Lines(content) : content;
  return `Content-Type: text/${subtype}; charset="${pack.charset}"\r\nContent-Transfer-Encoding: ${pack.encoding}\r\n\r\n${body}`;
}

function joinLines(lines: readonly string[], random: Random, min: number, max: number): string {
  // Squaring makes short bodies common and long ones rare.
  const share = random.float() ** 2;
  const count = min + Math.floor(share * (max - min + 1));
  let text = "";
  for (let i = 0; i < count; i++) text += lines[random.below(lines.length)];
  return text;
}

function alternative(request: BodyRequest, linesMin: number, linesMax: number): string {
  const parts = [textPart(request, linesMin, linesMax), htmlPart(request, linesMin, linesMax)];
  return multipart("alternative", request, parts);
}

function newsletter(request: BodyRequest): string {
  const { random } = request;
  const lines = random.chance(0.2) ? 300 : 60;
  if (random.chance(0.4)) return htmlPart(request, 20, lines);
  return multipart("alternative", request, [textPart(request, 8, lines / 2), htmlPart(request, 12, lines)]);
}

function related(request: BodyRequest): string {
  const { random, slot } = request;
  const images = Array.from({ length: 1 + random.below(2) }, (_, n) => {
    const bytes = 1_500 + random.below(12_000);
    return (
      `Content-Type: image/png; name="image${n}.png"\r\nContent-Transfer-Encoding: base64\r\n` +
      `Content-ID: <image${n}.${slot}@inline.example>\r\nContent-Disposition: inline; filename="image${n}.png"\r\n\r\n` +
      fillerBase64("image/png", bytes, random)
    );
  });
  const html = htmlPart(request, 3, 12);
  return multipart("related", request, [
    multipart("alternative", request, [textPart(request, 2, 8), html]),
    ...images,
  ]);
}

function attachments(request: BodyRequest): string[] {
  const { random, slot } = request;
  return Array.from({ length: 1 + random.below(3) }, (_, n) => {
    const [mimeType, stem, extension] = random.pick(FILES);
    const [least, most] = random.chance(LARGE_ATTACHMENT_SHARE) ? LARGE_BYTES : SMALL_BYTES;
    const bytes = Math.floor(least * (most / least) ** random.float());
    return (
      `Content-Type: ${mimeType};\r\n name="${stem}-${slot}-${n}.${extension}"\r\nContent-Transfer-Encoding: base64\r\n` +
      `Content-Disposition: attachment;\r\n filename*=utf-8''${stem}%20%E2%84%96%20${slot}-${n}.${extension}\r\n\r\n` +
      fillerBase64(mimeType, bytes, random)
    );
  });
}

function invitation(request: BodyRequest): string {
  const { slot, dateMs } = request;
  const stamp = (ms: number): string => `${new Date(ms).toISOString().replace(/[-:]/g, "").slice(0, 15)}Z`;
  const calendar =
    `BEGIN:VCALENDAR\r\nPRODID:-//Example//Calendar//EN\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n` +
    `DTSTART:${stamp(dateMs + 172_800_000)}\r\nDTEND:${stamp(dateMs + 176_400_000)}\r\nDTSTAMP:${stamp(dateMs)}\r\n` +
    `UID:event-${slot}@calendar.example\r\nSUMMARY:Planning ${slot}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;
  const inline = `Content-Type: text/calendar; charset="UTF-8"; method=REQUEST\r\nContent-Transfer-Encoding: 7bit\r\n\r\n${calendar}`;
  const file =
    `Content-Type: application/ics; name="invite.ics"\r\nContent-Disposition: attachment; filename="invite.ics"\r\n` +
    `Content-Transfer-Encoding: base64\r\n\r\n${base64Lines(calendar)}`;
  const parts = [textPart(request, 1, 4), htmlPart(request, 1, 4), inline];
  return mixed(request, [multipart("alternative", request, parts), file]);
}

function forwardedPart(request: BodyRequest): string {
  const { pack, slot, random } = request;
  const inner =
    `From: ${random.pick(pack.people)}\r\nTo: ${random.pick(pack.people)}\r\nSubject: ${random.pick(pack.topics)}\r\n` +
    `Message-ID: <forwarded.${slot}@example.org>\r\nMIME-Version: 1.0\r\n${textPart(request, 2, 12)}`;
  return `Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename="forwarded-${slot}.eml"\r\n\r\n${inner}`;
}

function mixed(request: BodyRequest, parts: readonly string[]): string {
  return multipart("mixed", request, parts);
}

function multipart(subtype: string, request: BodyRequest, parts: readonly string[]): string {
  const boundary = `${request.random.next().toString(16).padStart(12, "0")}_${request.slot.toString(36)}`;
  let body = `Content-Type: multipart/${subtype}; boundary="${boundary}"\r\n\r\n`;
  for (const part of parts) body += `--${boundary}\r\n${part}`;
  return `${body}--${boundary}--\r\n`;
}
