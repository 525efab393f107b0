import type { DefectList } from "../../mail/defect-list.ts";
import { mailLimits } from "../../mail/mail-limits.ts";
import { type MimePart, sortParts } from "../../mail/mime-part.ts";
import { dispositionOf } from "../../mail/read-mime-tree.ts";
import { parseStructuredHeader } from "../../mail/structured-header.ts";
import { arrayAt, isRecord, type JsonRecord, numberAt, recordAt, textAt } from "./json-access.ts";

interface GmailPart extends MimePart {
  readonly children: GmailPart[];
  readonly resource: JsonRecord;
}

/** Reads Gmail's MessagePart tree. Iterative and bounded, so that neither depth nor breadth costs more than memory. */
export function readGmailTree(payload: JsonRecord, defects: DefectList): MimePart {
  return readTree(payload, defects);
}

/** A body part whose text Gmail holds back, as it does with long ones. */
export interface MissingText {
  readonly attachmentId: string;
  /** Puts the text's bytes where its base64url data belongs in the resource. */
  readonly fill: (content: Uint8Array) => void;
}

/** The body parts of a Message resource of format `full` that must be fetched before it is parsed. */
export function listMissingText(message: unknown, defects: DefectList): readonly MissingText[] {
  const payload = isRecord(message) ? recordAt(message, "payload") : null;
  if (payload === null) return [];
  const { plain, html } = sortParts(readTree(payload, defects));
  const missing: MissingText[] = [];
  for (const part of [...plain, ...html] as GmailPart[]) {
    const attachmentId = part.providerAttachmentId;
    if (attachmentId === null || part.content() !== null) continue;
    const body = recordAt(part.resource, "body");
    missing.push({ attachmentId, fill: (data) => Object.assign(body ?? {}, { data }) });
  }
  return missing;
}

function readTree(payload: JsonRecord, defects: DefectList): GmailPart {
  const root = toPart(payload, textAt(payload, "partId") ?? "");
  const open: { part: GmailPart; depth: number }[] = [{ part: root, depth: 0 }];
  let partsLeft: number = mailLimits.partsMax;
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    const { part, depth } = top;
    const isTooDeep = depth >= mailLimits.nestingDepthMax;
    for (const [index, resource] of arrayAt(part.resource, "parts").entries()) {
      if (!isRecord(resource)) continue;
      if (isTooDeep || partsLeft-- <= 0) {
        defects.add("Parts are left out: too many, or nested too deep.");
        break;
      }
      const prefix = part.partId === "" ? "" : `${part.partId}.`;
      const child = toPart(resource, textAt(resource, "partId") ?? `${prefix}${index}`);
      part.children.push(child);
      open.push({ part: child, depth: depth + 1 });
    }
  }
  return root;
}

function toPart(resource: JsonRecord, partId: string): GmailPart {
  const body = recordAt(resource, "body");
  const attachmentId = body === null ? null : textAt(body, "attachmentId");
  const declaredType = (textAt(resource, "mimeType") ?? "").toLowerCase();
  const headers = readPartHeaders(resource);
  return {
    partId,
    mimeType: /^[^/\s]+\/[^/\s]+$/.test(declaredType) ? declaredType : "text/plain",
    charset: parseStructuredHeader(headers.contentType).params.get("charset") ?? null,
    filename: textAt(resource, "filename") || null,
    disposition: dispositionOf(parseStructuredHeader(headers.contentDisposition).value),
    contentId: headers.contentId,
    sizeBytes: Math.max(0, Math.trunc((body && numberAt(body, "size")) ?? 0)),
    content: () => readContent(resource),
    providerAttachmentId: attachmentId,
    children: [],
    resource,
  };
}

/** Null when Gmail has content that it did not send. */
function readContent(resource: JsonRecord): Uint8Array | null {
  const body = recordAt(resource, "body");
  if (body?.data instanceof Uint8Array) return body.data;
  const data = body === null ? null : textAt(body, "data");
  if (data !== null) return Buffer.from(data, "base64url");
  return body !== null && textAt(body, "attachmentId") !== null ? null : new Uint8Array(0);
}

interface PartHeaders {
  contentType: string | null;
  contentDisposition: string | null;
  contentId: string | null;
}

/** The first of each counts, as in a raw message. */
function readPartHeaders(resource: JsonRecord): PartHeaders {
  const found: PartHeaders = { contentType: null, contentDisposition: null, contentId: null };
  for (const header of arrayAt(resource, "headers")) {
    if (!isRecord(header)) continue;
    const name = textAt(header, "name") ?? "";
    if (!/^content-(type|disposition|id)$/i.test(name)) continue;
    const value = textAt(header, "value");
    const key = name.toLowerCase();
    if (key === "content-type") found.contentType ??= value;
    else if (key === "content-disposition") found.contentDisposition ??= value;
    else found.contentId ??= value;
  }
  return found;
}
