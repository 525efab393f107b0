import type { Account } from "@millrace/client";
import { duration } from "../../format/numbers.ts";
import type { Tone } from "../../ui/controls.tsx";

const states: Record<Account["status"], { name: string; tone: Tone }> = {
  connected: { name: "connected", tone: "good" },
  reauth_required: { name: "reconnect", tone: "bad" },
  removing: { name: "being removed", tone: "idle" },
};
export const stateOf = ({ status }: Account) => states[status];

export function scheduleOf({ schedule }: Account): string {
  switch (schedule.kind) {
    case "adaptive":
      return "As often as it changes";
    case "interval":
      return `Every ${duration(schedule.seconds)}`;
    case "cron":
      return `${schedule.expression} (${schedule.timeZone})`;
    case "none":
      return "Only when asked";
  }
}

export const contentOf: Record<Account["content"], string> = {
  metadata: "Headers only",
  full: "Parsed messages",
  raw: "Parsed messages and exact bytes",
};
export const attachmentsOf: Record<Account["attachments"], string> = {
  metadata: "Names and sizes; content from the provider",
  lazy: "Kept once somebody has asked for them",
  eager: "Fetched and kept with each sync",
};
