/** What came of one attempt at a message. */
export type WebhookAnswer =
  /** 2xx. */
  | { readonly kind: "taken"; readonly status: number }
  /** 410: nothing is wanted there any more. */
  | { readonly kind: "gone"; readonly status: number }
  /** Anything else. */
  | {
      readonly kind: "failed";
      /** Null: there was no answer. */
      readonly status: number | null;
      /** In a few words of ours; nothing of the answer, and no address. */
      readonly error: string;
      /** When it said how long to wait. */
      readonly retryAfterMs: number | null;
    };
