import type { FetchedMessage, ProviderFault } from "../providers/mail-provider.ts";
import { moveVerification } from "./claim-verification.ts";
import { isWait } from "./list-mailbox.ts";
import type { Moved, VerificationClaim, VerificationPorts, VerificationPosition } from "./verification.ts";

const looksAtOnce = 50;

const nextSql = `
  select provider_id as id from verification_messages
  where verification_id = $1 and finding is not null and not confirmed
  order by provider_id limit ${looksAtOnce}`;

/** $2 ids, $3 whether the provider has them, $4 their labels as JSON; null where nothing more is known. */
const confirmSql = `
  update verification_messages seen set confirmed = true, finding = case
    when look.is_there is null then seen.finding
    when not look.is_there then case when m.id is not null then 'extra' end
    when m.id is null then case when seen.finding = 'missing' then 'missing' end
    when not (look.label_ids @> m.label_ids and m.label_ids @> look.label_ids) then 'changed'
  end
  from verifications v
  cross join lateral (
    select id, is_there, array(select jsonb_array_elements_text(labels)) as label_ids
    from unnest($2::text[], $3::boolean[], $4::jsonb[]) as answer (id, is_there, labels)
  ) as look
  left join messages m on m.account_id = v.account_id and m.provider_id = look.id and m.deleted_at is null
  where v.id = $1 and seen.verification_id = v.id and seen.provider_id = look.id`;

/** Looks at some findings once more, message by message: what cannot be confirmed is none. */
export async function lookAgain(
  { pool, session }: VerificationPorts,
  claim: VerificationClaim,
  signal: AbortSignal,
): Promise<Moved> {
  const { rows } = await pool.of(claim.ref.tenantId).query<{ id: string }>(nextSql, [claim.id]);
  const position: VerificationPosition = rows.length === 0 ? { step: "finish" } : { step: "look" };
  const looks: Look[] = [];
  let fault: ProviderFault | null = null;
  const ids = rows.map(({ id }) => id);
  if (ids.length > 0) {
    for await (const fetched of session.fetchMessages(ids, "metadata", signal)) {
      if (!fetched.result.ok && isWait(fetched.result.fault)) fault ??= fetched.result.fault;
      else looks.push(lookOf(fetched));
    }
  }
  await moveVerification(pool, claim, position, (client) =>
    client.query(confirmSql, [
      claim.id,
      looks.map(({ id }) => id),
      looks.map(({ isThere }) => isThere),
      looks.map(({ labelIds }) => JSON.stringify(labelIds)),
    ]),
  );
  return fault === null
    ? { ok: true, claim, position }
    : { ok: false, fault, went: looks.length > 0 ? "further" : "nowhere" };
}

interface Look {
  readonly id: string;
  /** Null: the provider has it, and does not show it. */
  readonly isThere: boolean | null;
  readonly labelIds: readonly string[];
}

function lookOf({ id, result }: FetchedMessage): Look {
  if (result.ok) return { id, isThere: true, labelIds: result.value.labelIds };
  return { id, isThere: result.fault.category === "gone" ? false : null, labelIds: [] };
}
