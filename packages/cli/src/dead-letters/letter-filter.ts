import { Option } from "@commander-js/extra-typings";
import type { Millrace } from "@millrace/client";
import { type FaultCategory, faultCategorySchema } from "@millrace/shared/events/attempt";
import { accountArgument, accountIdOf } from "../api/find-account.ts";

export const accountOption = () => new Option("--account <account>", `only those of ${accountArgument}`);
export const syncOption = () => new Option("--sync <sync>", "only those of a sync");
export const categoryOption = () =>
  new Option("--category <category>", "only those with such a reason").choices(faultCategorySchema.options);

export interface LetterFilter {
  readonly account?: string | undefined;
  readonly sync?: string | undefined;
  readonly category?: FaultCategory | undefined;
}

/** The filter in the API's words. */
export async function apiFilter(
  millrace: Millrace,
  { account, sync, category }: LetterFilter,
): Promise<{ accountId?: string; syncId?: string; category?: FaultCategory }> {
  return {
    ...(account === undefined ? {} : { accountId: await accountIdOf(millrace, account) }),
    ...(sync === undefined ? {} : { syncId: sync }),
    ...(category === undefined ? {} : { category }),
  };
}
