/**
 * The condition that no fact has ever reached a request. One that has no sync may have had one: the projection removes a sync
 * that is forgotten at once, and the request follows in pieces, or stays for as long as its account is held.
 *
 * @param request what the statement calls its row of `sync_requests`
 */
export const isRequestUnreached = (request: string): string => `
  not exists (select from syncs where syncs.id = ${request}.sync_id)
    and not exists (select from sync_removals where sync_removals.sync_id = ${request}.sync_id)`;
