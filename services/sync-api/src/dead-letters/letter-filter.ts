import { faultCategorySchema } from "@millrace/shared/events/attempt";
import { accountIdSchema, syncIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import { letterScopeSchema, type letterStateSchema } from "../resources/dead-letter.ts";
import { isLetterKept } from "./letter-rows.ts";

export const chunkIndexSchema = z
  .int()
  .nonnegative()
  .max(2 ** 31 - 1);

/** What narrows a selection of dead letters. */
export const letterFilterShape = {
  accountId: accountIdSchema.optional(),
  syncId: syncIdSchema.optional(),
  chunkIndex: chunkIndexSchema.optional(),
  category: faultCategorySchema.optional(),
  scope: letterScopeSchema.optional(),
};

export interface LetterFilter {
  readonly accountId?: string | undefined;
  readonly syncId?: string | undefined;
  readonly chunkIndex?: number | undefined;
  readonly category?: string | undefined;
  readonly scope?: string | undefined;
  readonly state?: z.infer<typeof letterStateSchema> | undefined;
  readonly ids?: readonly string[] | undefined;
}

/** As conditions on `d`: $1 tenant, $2 to $8 the filter. */
export const letterFilterSql = `
  d.tenant_id = $1 and ${isLetterKept} and ($2::text is null or d.account_id = $2) and ($3::text is null or d.sync_id = $3)
  and ($4::integer is null or d.chunk_index = $4) and ($5::text is null or d.category = $5)
  and ($6::text is null or d.scope = $6) and ($7::text is null or d.state = $7)
  and ($8::text[] is null or d.id = any($8))`;

export function letterFilterValues(tenantId: string, filter: LetterFilter): unknown[] {
  const { accountId, syncId, chunkIndex, category, scope, state, ids } = filter;
  return [
    tenantId,
    accountId ?? null,
    syncId ?? null,
    chunkIndex ?? null,
    category ?? null,
    scope ?? null,
    state ?? null,
    ids ?? null,
  ];
}
