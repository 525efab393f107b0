import type { TenantHealth } from "@millrace/client";
import { count } from "../../format/numbers.ts";
import { categoryOf } from "../../sync/sync-words.ts";

/** What tenants can be narrowed to, in words. */
export const conditions = [
  ["trouble", "with trouble"],
  ["failing", "with failing syncs"],
  ["failed", "with failed syncs in a day"],
  ["dead_letters", "with open dead letters"],
  ["reconnect", "with mailboxes to reconnect"],
  ["waiting", "with waiting syncs"],
  ["paused", "with paused syncs"],
  ["running", "with running syncs"],
] as const;
export type Condition = (typeof conditions)[number][0];

export const conditionOf = (text: string | null): Condition | undefined =>
  conditions.find(([value]) => value === text)?.[0];

/** Why syncs failed, the most frequent first: "Unknown 3, Log lost 1"; null: none did. */
export function failedWords({ categories }: TenantHealth["failedLastDay"]): string | null {
  const parts = Object.entries(categories)
    .sort(([, a], [, b]) => b - a)
    .map(([category, many]) => `${categoryOf(category)} ${count(many)}`);
  return parts.length === 0 ? null : parts.join(", ");
}

export const waitingOf = ({ syncs }: TenantHealth): number => syncs.requested + syncs.queued;
