import { DefectList } from "@millrace/shared/mail/defect-list";
import { interpretHeaders } from "@millrace/shared/mail/interpret-headers";
import { scanHeaders } from "@millrace/shared/mail/scan-headers";

/** Of a message's bytes so many are looked through for its subject: what stands later is not worth reading for a list. */
export const headBytesMax = 16 * 1024;

/**
 * The subject of a message that could not be stored, from how its bytes begin; null where they tell none.
 *
 * @param head as far as `headBytesMax`; it may end within a header, which then does not count
 */
export function subjectOf(head: Uint8Array): string | null {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const ends = ["\r\n\r\n", "\n\n"].map((end) => text.indexOf(end)).filter((at) => at >= 0);
  const whole = text.lastIndexOf("\n");
  const end = ends.length > 0 ? Math.min(...ends) : head.byteLength < headBytesMax ? head.byteLength : whole;
  const defects = new DefectList();
  return interpretHeaders(scanHeaders(text.subarray(0, Math.max(0, end)), defects), defects).subject;
}
