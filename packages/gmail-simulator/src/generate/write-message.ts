import { hash32, Random } from "../random.ts";
import { fillerToken } from "./filler.ts";
import { isSentByOwner, kindOf, parentSlot, rootSlot } from "./message-traits.ts";
import { machineMailboxes, type PhrasePack, phrasePacks } from "./phrase-pack.ts";
import { machines } from "./phrases.ts";
import { writeBody } from "./write-body.ts";

/** One generated mailbox: everything in it follows from these two. */
export interface GeneratedMailbox {
  /** hashText of seed and address. */
  readonly key: number;
  readonly email: string;
}

/**
 * The raw bytes of one generated message: a pure function of mailbox, slot and date. Headers as mail has them
 * after a few hops, then a body by the message's kind. About 20 µs for the median message of 4 KB.
 */
export function writeMessage(mailbox: GeneratedMailbox, slot: number, dateMs: number): Buffer {
  const random = new Random(hash32(mailbox.key, slot, 9));
  const pack = packOf(mailbox.key, slot);
  const kind = kindOf(mailbox.key, slot);
  const binary =
    writeTransportHeaders(mailbox, slot, dateMs, random) +
    writeAddressHeaders(mailbox, slot, dateMs, pack) +
    writeThreadHeaders(mailbox.key, slot) +
    (kind === "newsletter"
      ? `List-Unsubscribe: <https://lists.example.net/u/${slot}>\r\nPrecedence: bulk\r\n`
      : "") +
    writeBody({ kind, pack, slot, dateMs, random });
  return Buffer.from(binary, "latin1");
}

/** The Message-ID of a slot, with its angle brackets. */
export function messageIdOf(key: number, slot: number): string {
  return `<${hash32(key, slot, 7).toString(36)}.${slot}@${domainOf(authorAddress(key, slot))}>`;
}

/** A thread keeps its language, so phrases are chosen by the thread's first slot. */
function packOf(key: number, slot: number): PhrasePack {
  const packs = phrasePacks();
  const dice = hash32(key, rootSlot(key, slot), 8);
  // Half of all threads are English; the other half is spread over all packs.
  const index = dice % 2 === 0 ? (dice >>> 1) % ENGLISH_PACKS : (dice >>> 1) % packs.length;
  return packs[index] as PhrasePack;
}

/** The first packs are those of the first locale: us-ascii in 7bit, and utf-8 in each encoding. */
const ENGLISH_PACKS = 5;

function writeTransportHeaders(
  mailbox: GeneratedMailbox,
  slot: number,
  dateMs: number,
  random: Random,
): string {
  const domain = domainOf(authorAddress(mailbox.key, slot));
  const date = rfc5322Date(dateMs);
  const host = `10.${slot & 0xff}.${(slot >>> 8) & 0xff}.${random.below(255)}`;
  if (isSentByOwner(mailbox.key, slot))
    return `Received: from [192.0.2.${random.below(255)}] (unknown) by smtp.${domain} with ESMTPSA id ${fillerToken(16, random)}\r\n        for <out@${domain}>; ${date}\r\n`;
  return (
    `Delivered-To: ${mailbox.email}\r\n` +
    `Received: by ${host} with SMTP id ${fillerToken(20, random)}csp${random.below(1_000_000)};\r\n        ${date}\r\n` +
    `X-Received: by ${host} with SMTP id ${fillerToken(28, random)}.${random.below(60)}.${Math.floor(dateMs / 1000)};\r\n        ${date}\r\n` +
    `Return-Path: <bounce+${slot}@${domain}>\r\n` +
    `Received: from mx.${domain} (mx.${domain}. [198.51.100.${random.below(255)}])\r\n        by mx.mail.example with ESMTPS id ${fillerToken(24, random)}\r\n        for <${mailbox.email}>\r\n        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256);\r\n        ${date}\r\n` +
    `Authentication-Results: mx.mail.example;\r\n       dkim=pass header.i=@${domain} header.s=s2016 header.b=${fillerToken(8, random)};\r\n       spf=pass smtp.mailfrom=bounce@${domain}\r\n` +
    `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${domain}; s=s2016;\r\n        h=from:to:subject:date:message-id:mime-version;\r\n        bh=${fillerToken(43, random)}=;\r\n        b=${fillerToken(70, random)}\r\n         ${fillerToken(72, random)}\r\n         ${fillerToken(72, random)}==\r\n`
  );
}

function writeAddressHeaders(
  mailbox: GeneratedMailbox,
  slot: number,
  dateMs: number,
  pack: PhrasePack,
): string {
  const root = rootSlot(mailbox.key, slot);
  const topic = pack.topics[hash32(mailbox.key, root, 10) % pack.topics.length] as string;
  const prefix = root === slot ? "" : "Re: ";
  const owner = `<${mailbox.email}>`;
  const author = authorMailbox(mailbox.key, slot, pack);
  const sent = isSentByOwner(mailbox.key, slot);
  const others = hash32(mailbox.key, slot, 11);
  const copies = others % 5 === 0 ? `Cc: ${pack.people.slice(0, 1 + (others % 3)).join(",\r\n ")}\r\n` : "";
  return (
    `From: ${sent ? owner : author}\r\nTo: ${sent ? author : owner}\r\n${copies}` +
    `Subject: ${prefix}${topic} [${root}]\r\nDate: ${rfc5322Date(dateMs - 2_000)}\r\n` +
    `Message-ID: ${messageIdOf(mailbox.key, slot)}\r\n`
  );
}

function writeThreadHeaders(key: number, slot: number): string {
  const parent = parentSlot(key, slot);
  if (parent === null) return "";
  const references: string[] = [];
  for (let at: number | null = parent; at !== null; at = parentSlot(key, at))
    references.unshift(messageIdOf(key, at));
  return `In-Reply-To: ${messageIdOf(key, parent)}\r\nReferences: ${references.join("\r\n ")}\r\n`;
}

function authorMailbox(key: number, slot: number, pack: PhrasePack): string {
  const index = hash32(key, slot, 12);
  if (isMachine(key, slot)) return machineMailboxes[index % machineMailboxes.length] as string;
  return pack.people[index % pack.people.length] as string;
}

function authorAddress(key: number, slot: number): string {
  const index = hash32(key, slot, 12);
  if (isMachine(key, slot)) return machines[index % machines.length]?.address ?? "";
  const people = packOf(key, slot).locale.people;
  return people[index % people.length]?.address ?? "";
}

function isMachine(key: number, slot: number): boolean {
  const kind = kindOf(key, slot);
  return kind === "newsletter" || kind === "notification";
}

function domainOf(address: string): string {
  return address.slice(address.indexOf("@") + 1);
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function rfc5322Date(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => (value < 10 ? `0${value}` : `${value}`);
  return (
    `${DAYS[date.getUTCDay()]}, ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()} ` +
    `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`
  );
}
