import { hash } from "node:crypto";
import { composeMessage, type MessageEnvelope } from "./compose-message.ts";
import { DefectList } from "./defect-list.ts";
import type { MailMessage } from "./mail-message.ts";
import { readMimeTree } from "./read-mime-tree.ts";

/**
 * Parses an exact RFC 5322 message in content mode `raw`. The bytes are kept as they are and not copied: do not
 * change them afterwards. Whatever they are, a storable message comes out; what was broken is in its defects.
 */
export function parseRawMessage(bytes: Uint8Array, envelope: MessageEnvelope): MailMessage {
  const defects = new DefectList();
  const { headers, root } = readMimeTree(bytes, defects);
  const rawSha256 = hash("sha256", bytes, "hex");
  return composeMessage(
    { envelope, headers, root, charsetTrust: "declared", content: "raw", raw: bytes, rawSha256 },
    defects,
  );
}
