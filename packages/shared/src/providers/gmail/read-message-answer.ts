import { DefectList } from "../../mail/defect-list.ts";
import type { ContentMode, MailMessage } from "../../mail/mail-message.ts";
import type { FaultObservation } from "./classify-gmail-fault.ts";
import { listMissingText, type MissingText } from "./gmail-mime-tree.ts";
import type { HttpAnswer } from "./http-transport.ts";
import { isRecord, textAt } from "./json-access.ts";
import { observeAnswer } from "./observe-fault.ts";
import { parseGmailMessage } from "./parse-gmail-message.ts";
import { readRawAnswer } from "./read-raw-answer.ts";

/** A messages.get answer, read: the message, one that lacks long texts yet, or what went wrong. */
export type MessageReading =
  | { readonly kind: "message"; readonly message: MailMessage }
  | {
      readonly kind: "incomplete";
      readonly missing: readonly MissingText[];
      readonly finish: () => MailMessage;
    }
  | { readonly kind: "fault"; readonly seen: Omit<FaultObservation, "nowMs" | "secrets"> };

const faulty = (seen: Omit<FaultObservation, "nowMs" | "secrets" | "where">): MessageReading => ({
  kind: "fault",
  seen: { where: "message", ...seen },
});

/**
 * Reads the answer to a messages.get. Never throws. An answer that is cut short or no JSON, or that answers for
 * another message, is malformed (ask again); one that is whole and cannot be understood is a bad item, with the
 * answer's bytes.
 */
export function readMessageAnswer(id: string, answer: HttpAnswer, content: ContentMode): MessageReading {
  if (answer.status !== 200) return { kind: "fault", seen: observeAnswer("message", answer) };
  try {
    if (content === "raw") {
      const message = readRawAnswer(answer.body);
      return message.id === id ? { kind: "message", message } : mismatch(message.id, answer.body);
    }
    const json: unknown = JSON.parse(answer.body.toString("utf8"));
    if (isRecord(json) && textAt(json, "id") !== id) return mismatch(textAt(json, "id"), answer.body);
    const finish = () => parseGmailMessage(json, content);
    const missing = content === "full" ? listMissingText(json, new DefectList()) : [];
    return missing.length > 0
      ? { kind: "incomplete", missing, finish }
      : { kind: "message", message: finish() };
  } catch (error) {
    if (error instanceof SyntaxError) return faulty({ status: 200, isMalformed: true });
    const name = error instanceof Error ? error.name : "unknown error";
    return faulty({
      status: 200,
      isBadItem: true,
      message: `The message cannot be understood (${name}).`,
      raw: answer.body,
    });
  }
}

function mismatch(answered: string | null, raw: Buffer): MessageReading {
  if (answered === null)
    return faulty({ status: 200, isBadItem: true, message: "The message resource has no id.", raw });
  return faulty({ status: 200, isMalformed: true, message: "The answer is for another message." });
}
