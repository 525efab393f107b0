export interface SpanIds {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 of them. */
  readonly spanId: string;
}

let given: SpanIds | null = null;

/** Begins a span under ids that somebody else can derive as well; all others have random ones. */
export function withGivenIds<T>(ids: SpanIds, begin: () => T): T {
  given = ids;
  try {
    return begin();
  } finally {
    given = null;
  }
}

export const givenIds = (): SpanIds | null => given;
