import type { Listing, Page } from "@millrace/client";
import { type InfiniteData, type UseInfiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";

type Options<Item> = UseInfiniteQueryOptions<
  Page<Item>,
  Error,
  InfiniteData<Page<Item>>,
  readonly unknown[],
  string
>;

interface ListingOptions<Item>
  extends Pick<Options<Item>, "queryKey" | "enabled" | "refetchInterval" | "placeholderData"> {
  readonly read: () => Listing<Item>;
  readonly pageSize?: number;
  /** Called with each page as it comes. */
  readonly onPage?: (page: Page<Item>) => void;
}

/** A list of the API as far as it was read. */
export interface Listed<Item> {
  /** Undefined: nothing was read yet. */
  readonly items: readonly Item[] | undefined;
  readonly pages: number;
  readonly error: unknown;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly more: () => void;
  readonly readAgain: () => void;
}

/** Reads a list page by page, further where somebody asks for more. */
export function useListing<Item>({
  read,
  pageSize = 50,
  onPage,
  ...options
}: ListingOptions<Item>): Listed<Item> {
  const query = useInfiniteQuery({
    ...options,
    initialPageParam: "",
    queryFn: async ({ pageParam, signal }) => {
      const page = await read().page({
        limit: pageSize,
        signal,
        ...(pageParam !== "" && { cursor: pageParam }),
      });
      onPage?.(page);
      return page;
    },
    getNextPageParam: (page: Page<Item>) => page.nextCursor,
  });
  return {
    items: query.data?.pages.flatMap(({ items }) => [...items]),
    pages: query.data?.pages.length ?? 0,
    error: query.error,
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    more: () => void query.fetchNextPage(),
    // Asked for by hand it would be read although it is not to be.
    readAgain: () => {
      if (options.enabled !== false) void query.refetch();
    },
  };
}
