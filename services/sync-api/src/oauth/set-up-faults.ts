/** What the token endpoint and the API say when our own client is wrong, or is not allowed to call. */
const reasons: ReadonlySet<string> = new Set([
  "invalid_client",
  "deleted_client",
  "disabled_client",
  "unauthorized_client",
  "redirect_uri_mismatch",
  "invalid_request",
  "accessNotConfigured",
  "SERVICE_DISABLED",
]);

/** Whether a fault is this installation's own, which nobody who connects a mailbox can mend. */
export const isSetUpFault = (reason: string | null | undefined): boolean => reasons.has(reason ?? "");
