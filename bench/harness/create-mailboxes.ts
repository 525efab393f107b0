import { SimulatorControl } from "@millrace/gmail-simulator/control/simulator-control";
import { forEachTogether } from "./for-each-together.ts";

const together = 20;

/** Mailboxes of so much generated mail. */
export async function createMailboxes(
  simulatorUrl: string,
  emails: readonly string[],
  messages: number,
): Promise<void> {
  const control = new SimulatorControl(simulatorUrl);
  await forEachTogether(emails, together, (email) => control.createMailbox({ email, generate: messages }));
}
