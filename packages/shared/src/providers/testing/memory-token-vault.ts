import type { TokenRecord, TokenVault } from "../token-vault.ts";

/** For tests without a database: a vault in memory that knows every account. Several processes of a test may share it. */
export function memoryTokenVault(clock: () => number = Date.now): TokenVault {
  const records = new Map<string, TokenRecord>();
  return {
    async read({ accountId }) {
      return { record: records.get(accountId) ?? null, nowMs: clock() };
    },
    async write({ accountId }, next) {
      if ((records.get(accountId)?.version ?? 0) !== next.version - 1) return false;
      records.set(accountId, next);
      return true;
    },
  };
}
