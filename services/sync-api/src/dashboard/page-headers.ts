/**
 * The page runs its own scripts and speaks to this server only. Mail is shown in a frame without scripts, which takes over
 * this policy: its tags bear styles, and its pictures come from elsewhere where the reader has asked for them.
 */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; font-src 'self'; " +
  "img-src 'self' data: blob: https:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'";

/** What the dashboard's page bears wherever it is answered. */
export const pageHeaders = {
  "content-security-policy": policy,
  "cross-origin-opener-policy": "same-origin",
} as const;
