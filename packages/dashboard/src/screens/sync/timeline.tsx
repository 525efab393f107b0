import type { Event, Sync } from "@millrace/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { clockTime, wholeTime } from "../../format/times.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Panel, Problem, Skeleton } from "../../ui/panels.tsx";
import { timelineOf } from "./timeline-entries.ts";
import { useReadAgain } from "./use-read-again.ts";

const pageSize = 500;
/** Read by themselves; more where somebody asks for them. */
const pagesAtOnce = 2;

/** What happened to the sync, newest first, as its audit trail tells it. */
export function Timeline({ sync: { id, version } }: { readonly sync: Sync }) {
  const { millrace, me } = useAccess();
  const isAllowed = me.kind === "tenant";
  const { data, error, fetchNextPage, hasNextPage, isFetchingNextPage, refetch } = useInfiniteQuery({
    queryKey: ["sync-events", id],
    enabled: isAllowed,
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      millrace.syncs
        .events(id)
        .page({ limit: pageSize, signal, ...(pageParam !== "" && { cursor: pageParam }) }),
    getNextPageParam: (page) => page.nextCursor,
  });
  const pages = data?.pages.length ?? 0;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && pages < pagesAtOnce) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, pages, fetchNextPage]);
  useReadAgain(version, () => void refetch());
  if (!isAllowed) return null;

  const events: Event[] = data?.pages.flatMap(({ items }) => [...items]) ?? [];
  return (
    <Panel title="Timeline">
      {error !== null && data === undefined && <Problem error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton />}
      {hasNextPage && pages >= pagesAtOnce && (
        <p className="row small soft" style={{ marginBottom: 14 }}>
          The first {events.length.toLocaleString("en-US")} facts.
          <Button isSmall disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Read on
          </Button>
        </p>
      )}
      {data !== undefined && events.length === 0 && <p className="soft">Nothing has happened yet.</p>}
      <ol className="timeline">
        {timelineOf(events)
          .reverse()
          .map(({ key, at, title, detail, tone }) => (
            <li key={key} data-tone={tone}>
              <span className="strong">{title}</span>
              <time className="faint small number" dateTime={at} title={wholeTime(at)}>
                {clockTime(at)}
              </time>
              {detail !== null && detail !== "" && <span className="detail">{detail}</span>}
            </li>
          ))}
      </ol>
    </Panel>
  );
}
