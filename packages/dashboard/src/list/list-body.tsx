import type { ReactNode } from "react";
import { Button } from "../ui/controls.tsx";
import { Problem, Skeleton } from "../ui/panels.tsx";
import type { Listed } from "./use-listing.ts";

/** What a panel with a list shows: that it is read, why it cannot be, that nothing is there, or the list and what leads on. */
export function ListBody<Item>({
  list,
  lines = 5,
  more = "Show more",
  empty,
  children,
}: {
  readonly list: Listed<Item>;
  readonly lines?: number;
  readonly more?: string;
  readonly empty: ReactNode;
  readonly children: (items: readonly Item[]) => ReactNode;
}) {
  const { items, error, hasMore, isLoadingMore } = list;
  return (
    <>
      {items === undefined && error !== null && (
        <div className="panel-body even">
          <Problem error={error} onRetry={list.readAgain} />
        </div>
      )}
      {items === undefined && error === null && <Skeleton lines={lines} />}
      {items?.length === 0 && empty}
      {items !== undefined && items.length > 0 && children(items)}
      {hasMore && (
        <div className="panel-body even">
          <Button isSmall disabled={isLoadingMore} onClick={list.more}>
            {isLoadingMore ? "Loading …" : more}
          </Button>
        </div>
      )}
    </>
  );
}
