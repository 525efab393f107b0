import { hash32, Random } from "@millrace/gmail-simulator/random";
import { pause } from "../world/pause.ts";
import type { World } from "../world/world.ts";
import type { MailboxBook } from "./mailbox-book.ts";

const salt = 4;
const gapMinMs = 100;
const gapMaxMs = 700;
const burstMax = 400;
/** Of all mailboxes together: beyond it mail leaves in bursts as well, so that a long run stays as large as a short one. */
const messagesMax = 25_000;

/**
 * Mail comes, goes, is relabelled, hidden and shown again in every mailbox, and labels are made and removed, until the
 * signal is aborted.
 */
export async function changeMail({ seed, accounts }: World, signal: AbortSignal): Promise<void> {
  const random = new Random(hash32(seed, 0, salt));
  while (!signal.aborted) {
    const messages = accounts.reduce((sum, { book }) => sum + book.size, 0);
    await changeOnce(random.pick(accounts).book, messages > messagesMax, random);
    await pause(gapMinMs + random.float() * (gapMaxMs - gapMinMs), signal);
  }
}

async function changeOnce(book: MailboxBook, isFull: boolean, random: Random): Promise<void> {
  const drawn = random.float();
  if (drawn < 0.4) await book.arrive(1 + random.below(8), ["INBOX", "UNREAD"]);
  else if (drawn < 0.47)
    await changeMuch(book, 1 + random.below(burstMax), isFull && random.chance(0.6), random);
  else if (drawn < 0.6) await book.deleteAny(1 + random.below(4), random);
  else if (drawn < 0.7) await book.relabelAny(["STARRED"], ["UNREAD"], random);
  else if (drawn < 0.76) await book.relabelAny(["UNREAD"], ["STARRED", "INBOX"], random);
  else if (drawn < 0.84) await book.hideAny(random.pick(["TRASH", "TRASH", "SPAM"]), random);
  else if (drawn < 0.9) await book.showAny(random);
  else await book.useLabel(random);
}

function changeMuch(book: MailboxBook, count: number, leaves: boolean, random: Random): Promise<unknown> {
  if (leaves) return book.deleteAny(count, random);
  return book.arrive(count, ["INBOX", "UNREAD", "CATEGORY_UPDATES"]);
}
