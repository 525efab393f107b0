import { MillraceError } from "../millrace-error.ts";
import type { CallOptions } from "./call-types.ts";

export interface PageRequest {
  /** Items a page, at most. */
  readonly limit?: number;
  /** `nextCursor` of the page before; absent: the first page. */
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Null: this is the last one. */
  readonly nextCursor: string | null;
}

/** A list of the API: iterate over all of it, page after page as they are needed, or ask for one page. */
export interface Listing<T> extends AsyncIterable<T> {
  page(request?: PageRequest & CallOptions): Promise<Page<T>>;
}

export function listPages<T>(
  read: (page: PageRequest, signal: AbortSignal | undefined) => Promise<Page<T>>,
): Listing<T> {
  return {
    page: ({ signal, ...request } = {}) => read(request, signal),
    async *[Symbol.asyncIterator]() {
      let cursor: string | null = null;
      do {
        const { items, nextCursor }: Page<T> = await read(cursor === null ? {} : { cursor }, undefined);
        yield* items;
        if (nextCursor !== null && nextCursor === cursor) throw endlessError();
        cursor = nextCursor;
      } while (cursor !== null);
    },
  };
}

const endlessError = (): MillraceError =>
  new MillraceError({
    code: "unreadable",
    detail: "A page of the list leads to itself; the rest cannot be read.",
  });
