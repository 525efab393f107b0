import { addressParser } from "postal-mime";
import type { DefectList } from "./defect-list.ts";
import { mailLimits } from "./mail-limits.ts";
import type { MailAddress } from "./mail-message.ts";
import { cutText, storableText } from "./storable-text.ts";

/** `Name <local@domain>` or a bare address, with nothing that needs a real parser: nearly all mail. */
const simpleCharsMax = 300;
const simpleMailbox = /^\s*(?:([\w .'-]*)<)?([\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w.-]{1,255})(>)?\s*$/;

/**
 * Parses the values of one address header (RFC 5322, 3.4), as they stand in the message: unfolded, encoded words
 * still encoded, because a decoded name may hold a comma. Groups are flattened and an empty group yields nothing.
 * Never throws; what is cut is noted.
 */
export function parseAddresses(
  values: readonly string[],
  header: string,
  defects: DefectList,
): readonly MailAddress[] {
  const addresses: MailAddress[] = [];
  for (const value of values) {
    for (const address of parseValue(boundValue(value, header, defects))) {
      if (addresses.length >= mailLimits.addressesMax) {
        defects.add(
          `The ${header} header has more than ${mailLimits.addressesMax} addresses; the rest is left out.`,
        );
        return addresses;
      }
      addresses.push(address);
    }
  }
  return addresses;
}

function parseValue(value: string): readonly MailAddress[] {
  const simple = value.length <= simpleCharsMax ? simpleMailbox.exec(value) : null;
  if (simple !== null && (simple[1] === undefined) === (simple[3] === undefined)) {
    return [{ name: (simple[1] ?? "").trim(), address: simple[2] ?? "" }];
  }
  const parsed: MailAddress[] = [];
  for (const entry of addressParser(value, { flatten: true })) {
    const address = bounded(entry.address ?? "", mailLimits.indexedCharsMax);
    const name = bounded(entry.name, mailLimits.addressNameCharsMax);
    if (address !== "" || name !== "") parsed.push({ name, address });
  }
  return parsed;
}

/** A giant value is cut after an address: the parser walks it character by character. */
function boundValue(value: string, header: string, defects: DefectList): string {
  const { addressHeaderCharsMax } = mailLimits;
  if (value.length <= addressHeaderCharsMax) return value;
  defects.add(
    `The ${header} header is longer than ${addressHeaderCharsMax} characters; its last addresses are left out.`,
  );
  const cut = value.slice(0, addressHeaderCharsMax);
  const comma = cut.lastIndexOf(",");
  return comma > 0 ? cut.slice(0, comma) : cut;
}

function bounded(value: string, charsMax: number): string {
  return storableText(cutText(value, charsMax));
}
