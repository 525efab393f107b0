/** Where in a raw message the encoded content of a part lies. */
export interface PartPlace {
  /** Offset of the first byte, and of the one after the last. */
  readonly start: number;
  readonly end: number;
  /** Its Content-Transfer-Encoding, lower case; "" when it has none. */
  readonly encoding: string;
}

/**
 * One part of a MIME tree, whatever read it: a parser of raw messages or a provider's own tree. What is body and
 * what is attachment is decided on this shape alone, so that both paths agree.
 */
export interface MimePart {
  readonly partId: string;
  /** Lower case, without parameters; "text/plain" when the part declares none. */
  readonly mimeType: string;
  readonly charset: string | null;
  /** Decoded; null when the part has none. */
  readonly filename: string | null;
  readonly disposition: "attachment" | "inline" | null;
  readonly contentId: string | null;
  /** Decoded size. */
  readonly sizeBytes: number;
  /** The decoded content; null when it is not at hand (the provider holds it). Called for body parts only. */
  readonly content: () => Uint8Array | null;
  readonly providerAttachmentId: string | null;
  /** Absent when it was not read out of a raw message. */
  readonly place?: PartPlace;
  readonly children: readonly MimePart[];
}

/** The leaves of a message's tree, sorted by what a mail client does with them. */
export interface SortedParts {
  readonly plain: readonly MimePart[];
  readonly html: readonly MimePart[];
  readonly attachments: readonly MimePart[];
}

/**
 * Sorts the leaves in the order of the message. A text/plain or text/html part is body unless it has a filename
 * or asks to be an attachment (a filename does not matter where the part is the whole message); everything else,
 * a nested message as a whole included, is an attachment. A
 * multipart without a single part is a body that lost its boundaries: its content is kept as plain text.
 * Iterative, so that depth costs no stack.
 */
export function sortParts(root: MimePart): SortedParts {
  const sorted = { plain: [] as MimePart[], html: [] as MimePart[], attachments: [] as MimePart[] };
  const open: MimePart[] = [root];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (isContainer(part)) {
      for (let i = part.children.length - 1; i >= 0; i--) open.push(part.children[i] as MimePart);
    } else {
      sorted[leafKind(part, part === root)].push(part);
    }
  }
  return sorted;
}

function isContainer(part: MimePart): boolean {
  return part.mimeType.startsWith("multipart/") && part.children.length > 0;
}

function leafKind(part: MimePart, isWhole: boolean): keyof SortedParts {
  if (part.disposition === "attachment" || (part.filename !== null && !isWhole)) return "attachments";
  if (part.mimeType === "text/html") return "html";
  if (part.mimeType === "text/plain" || part.mimeType.startsWith("multipart/")) return "plain";
  return "attachments";
}
