import type { Removal } from "../events/evolve-course.ts";
import type { EventOf, FactOf } from "../events/facts.ts";
import { type AccountView, isAfter, type LogPosition } from "./views.ts";

/** An account's row after one more event; the course that the fact carries is the truth. */
export function projectAccount(
  view: AccountView | null,
  event: EventOf,
  position: LogPosition,
): AccountView | null {
  const { fact } = event;
  if (fact.type === "syncs.forgotten") return forgettingAccount(view, fact);
  if (!("course" in fact)) return view;
  if (view !== null && !isAfter(position, view)) return view;
  const { active, watermark, consentLost, removal } = fact.course;
  if (removal !== undefined) return leavingAccount(event, removal, position);
  const ended = fact.type === "sync.completed";
  return {
    ...position,
    account_id: event.accountId,
    tenant_id: event.tenantId,
    status: consentLost === null ? "connected" : "reauth_required",
    status_since: consentLost?.since ?? null,
    status_message: consentLost?.message ?? null,
    active_sync_id: active?.syncId ?? null,
    watermark,
    last_sync_id: ended ? fact.syncId : (view?.last_sync_id ?? null),
    last_synced_at: ended ? event.time : (view?.last_synced_at ?? null),
    forgotten_until: view?.forgotten_until ?? null,
  };
}

/** Its position stays that of its newest course. */
function forgettingAccount(
  view: AccountView | null,
  { happenedBefore }: FactOf<"syncs.forgotten">,
): AccountView | null {
  const known = view?.forgotten_until ?? null;
  if (view === null || (known !== null && Date.parse(known) >= Date.parse(happenedBefore))) return view;
  return { ...view, forgotten_until: happenedBefore };
}

/** Nothing of what it was: so the row is the same whatever is left of its audit trail. */
function leavingAccount(
  { accountId, tenantId }: EventOf,
  { requestedAt, removedAt }: Removal,
  position: LogPosition,
): AccountView {
  return {
    ...position,
    account_id: accountId,
    tenant_id: tenantId,
    status: removedAt === undefined ? "removing" : "removed",
    status_since: removedAt ?? requestedAt,
    status_message: null,
    active_sync_id: null,
    watermark: null,
    last_sync_id: null,
    last_synced_at: null,
    forgotten_until: null,
  };
}
