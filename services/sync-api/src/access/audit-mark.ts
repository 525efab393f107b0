/** The audit trail's entry of a request that is under way. */
export interface AuditMark {
  readonly id: string;
  /** Whose things it is about; null: nobody's, or not known before it is done. */
  tenantId: string | null;
  /** What was made. */
  madeId: string | null;
}
