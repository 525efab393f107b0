import type { FactOf } from "@millrace/shared/events/facts";

/** Messages, by the provider's ids, that are new in the store, differ from before, or are not shown any more. */
export type ChangedMail = FactOf<"chunk.fetched">["mail"];
