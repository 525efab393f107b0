import type { HiddenAs } from "../mail-provider.ts";

/** Messages that bear one of these are left out of a listing. Trash counts first: it is removed for good after 30 days. */
const hidingLabels: readonly (readonly [label: string, as: HiddenAs])[] = [
  ["TRASH", "trash"],
  ["SPAM", "spam"],
];

/** Where a message with these labels is; null where a listing shows it. */
export const hiddenAs = (labelIds: readonly unknown[]): HiddenAs | null =>
  hidingLabels.find(([label]) => labelIds.includes(label))?.[1] ?? null;
