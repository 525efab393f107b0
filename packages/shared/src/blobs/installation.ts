/** Which installation a database is, and whether it has claimed a store of attachments. */
export interface Installation {
  readonly id: string;
  /** A store bears its mark. */
  readonly isClaimed: boolean;
}

/** Its one row, which comes with the migrations. */
export const installationSql = `select id, blob_store_owner is not distinct from id as "isClaimed" from installation`;
