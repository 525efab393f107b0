import type { ClaimRecord } from "../decide-guard.ts";
import type { ClaimBook, ClaimedWork } from "../fetcher-ports.ts";

interface Row extends ClaimRecord {
  readonly isOpen: boolean;
  readonly messageId: string | null;
}

export interface MemoryClaims extends ClaimBook {
  readonly rows: Map<string, Row>;
  nameOf(work: ClaimedWork): string;
  rowOf(work: ClaimedWork): Row | undefined;
}

/** Claims under suspicion, in memory: the same rules as in Postgres. */
export function memoryClaims(): MemoryClaims {
  const rows = new Map<string, Row>();
  const nameOf = ({ item }: ClaimedWork): string => `${item.syncId}/${item.chunkIndex}`;
  const change = (work: ClaimedWork, more: Partial<Row>): Row => {
    const known = rows.get(nameOf(work)) ?? { deaths: 0, deathsAt: {}, isOpen: false, messageId: null };
    const row = { ...known, ...more };
    rows.set(nameOf(work), row);
    return row;
  };
  return {
    rows,
    nameOf,
    rowOf: (work) => rows.get(nameOf(work)),
    async open(work) {
      const { deaths, deathsAt, isOpen, messageId } = change(work, {});
      const hasDiedAt = isOpen && messageId !== null ? { [messageId]: (deathsAt[messageId] ?? 0) + 1 } : {};
      return change(work, {
        deaths: deaths + Number(isOpen),
        deathsAt: { ...deathsAt, ...hasDiedAt },
        isOpen: true,
        messageId: null,
      });
    },
    async mark(work, messageId) {
      change(work, { messageId });
    },
    async close(work) {
      change(work, { isOpen: false, messageId: null });
    },
  };
}
