/** A condition in SQL: the key opens something, now. @param keys how the statement calls `api_keys` */
export const isAliveKey = (keys: string): string =>
  `${keys}.revoked_at is null and coalesce(${keys}.expires_at > now(), true)`;
