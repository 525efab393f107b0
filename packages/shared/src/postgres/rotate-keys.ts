import type { OwnerPool } from "./create-pool.ts";
import { type Keyring, KeyringError } from "./keyring.ts";
import { accessTokenSeal, credentialsSeal, webhookSecretSeal } from "./seals.ts";

/** A column of sealed text. */
interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** Of the row. */
  readonly key: string;
  readonly boundTo: (row: { readonly tenantId: string; readonly key: string }) => string;
}

const columns: readonly SealedColumn[] = [
  {
    table: "accounts",
    column: "sealed_credentials",
    key: "id",
    boundTo: ({ tenantId, key }) => credentialsSeal({ tenantId, accountId: key }),
  },
  {
    table: "access_tokens",
    column: "sealed_token",
    key: "account_id",
    boundTo: ({ tenantId, key }) => accessTokenSeal({ tenantId, accountId: key }),
  },
  ...["sealed_secret", "sealed_previous_secret"].map((column) => ({
    table: "webhook_endpoints",
    column,
    key: "id",
    boundTo: ({ tenantId, key }: { readonly tenantId: string; readonly key: string }) =>
      webhookSecretSeal({ tenantId, endpointId: key }),
  })),
];

const rowsPerRead = 500;

export interface RotationReport {
  /** Now under the first key; when only looked at: not yet. */
  readonly moved: number;
  readonly already: number;
  /** Sealed anew by somebody else meanwhile, which is as good. */
  readonly overtaken: number;
  /** What no key of the ring opens. */
  readonly unreadable: readonly { readonly table: string; readonly key: string; readonly reason: string }[];
  /** Keys that nothing is under any more: they may go. */
  readonly retired: readonly string[];
}

export interface RotationOptions {
  /** Look only. */
  readonly check: boolean;
  readonly onProgress: (rows: number) => void;
}

const unreadableMax = 100;

/**
 * Puts everything that is sealed under the ring's first key, while services run: each row is replaced only if it is still
 * what was read. May be stopped and run again at any time.
 */
export async function rotateKeys(
  pool: OwnerPool,
  keyring: Keyring,
  { check, onProgress }: RotationOptions,
): Promise<RotationReport> {
  let [moved, already, overtaken, rows] = [0, 0, 0, 0];
  const unreadable: RotationReport["unreadable"][number][] = [];
  for (const column of columns) {
    for await (const row of sealedRows(pool, column)) {
      onProgress(++rows);
      const next = rewrapped(keyring, row.sealed, column.boundTo(row));
      if (next instanceof KeyringError) {
        if (unreadable.length < unreadableMax)
          unreadable.push({ table: column.table, key: row.key, reason: next.message });
      } else if (next === null) already++;
      else if (check || (await replace(pool, column, row, next))) moved++;
      else overtaken++;
    }
  }
  const isDone = !check && unreadable.length === 0;
  return { moved, already, overtaken, unreadable, retired: isDone ? await retire(pool, keyring) : [] };
}

interface SealedRow {
  readonly key: string;
  readonly tenantId: string;
  readonly sealed: string;
}

/** Of an account that is being removed, credentials are empty. */
async function* sealedRows(pool: OwnerPool, { table, column, key }: SealedColumn): AsyncGenerator<SealedRow> {
  const sql = `
    select ${key} as key, tenant_id as "tenantId", ${column} as sealed from ${table}
    where ${column} is not null and ${column} <> '' and ${key} > $1 order by ${key} limit ${rowsPerRead}`;
  for (let after = ""; ; ) {
    const { rows } = await pool.query<SealedRow>(sql, [after]);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.key;
  }
}

function rewrapped(keyring: Keyring, sealed: string, boundTo: string): string | null | KeyringError {
  try {
    return keyring.rewrap(sealed, boundTo);
  } catch (error) {
    if (error instanceof KeyringError) return error;
    throw error;
  }
}

async function replace(
  pool: OwnerPool,
  column: SealedColumn,
  row: SealedRow,
  next: string,
): Promise<boolean> {
  const sql = `update ${column.table} set ${column.column} = $3 where ${column.key} = $1 and ${column.column} = $2`;
  return (await pool.query(sql, [row.key, row.sealed, next])).rowCount === 1;
}

/**
 * Forgets keys that nothing is under any more. Whoever seals with an older one until its services are started anew is why a
 * key is only forgotten when a search finds nothing.
 */
async function retire(pool: OwnerPool, keyring: Keyring): Promise<string[]> {
  const used = columns
    .map(({ table, column }) => `exists (select from ${table} where split_part(${column}, '.', 2) = k.id)`)
    .join(" or ");
  const { rows } = await pool.query<{ id: string }>(
    `delete from encryption_keys k where id <> $1 and not (${used}) returning id`,
    [keyring.activeKeyId],
  );
  return rows.map(({ id }) => id);
}
