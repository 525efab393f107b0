import type { Sync } from "@millrace/client";
import { useEffect } from "react";
import { count } from "../../format/numbers.ts";
import { clockTime, wholeTime } from "../../format/times.ts";
import { useListing } from "../../list/use-listing.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Panel, Problem, Skeleton } from "../../ui/panels.tsx";
import { type TimelineEntry, timelineOf } from "./timeline-entries.ts";
import { useReadAgain } from "./use-read-again.ts";

const pageSize = 500;
/** Read by themselves; more where somebody asks for them. */
const pagesAtOnce = 2;

/** What happened to the sync, newest first, as its audit trail tells it. */
export function Timeline({ sync: { id, version } }: { readonly sync: Sync }) {
  const { millrace, me } = useAccess();
  const isAllowed = me.kind === "tenant";
  const { items, pages, error, hasMore, isLoadingMore, more, readAgain } = useListing({
    queryKey: ["sync-events", id],
    enabled: isAllowed,
    pageSize,
    read: () => millrace.syncs.events(id),
  });
  useEffect(() => {
    if (hasMore && !isLoadingMore && pages < pagesAtOnce) more();
  }, [hasMore, isLoadingMore, pages, more]);
  useReadAgain(version, readAgain);
  if (!isAllowed) return null;

  const events = items ?? [];
  return (
    <Panel title="Timeline">
      {error !== null && items === undefined && <Problem error={error} onRetry={readAgain} />}
      {items === undefined && error === null && <Skeleton />}
      {hasMore && pages >= pagesAtOnce && (
        <p className="row small soft" style={{ marginBottom: 14 }}>
          The first {count(events.length)} facts.
          <Button isSmall disabled={isLoadingMore} onClick={more}>
            Read on
          </Button>
        </p>
      )}
      {items?.length === 0 && <p className="soft">Nothing has happened yet.</p>}
      <ol className="timeline">
        {timelineOf(events)
          .reverse()
          .map((entry) => (
            <TimelineItem key={entry.key} entry={entry} />
          ))}
      </ol>
    </Panel>
  );
}

function TimelineItem({ entry: { at, title, detail, tone, folded } }: { readonly entry: TimelineEntry }) {
  return (
    <li data-tone={tone}>
      <span className="strong">{title}</span>
      <Clock at={at} />
      {detail !== null && detail !== "" && <span className="detail">{detail}</span>}
      {folded.length > 0 && <Folded faults={folded} />}
    </li>
  );
}

/** A disclosure of the browser's own: Enter and Space open it, and screen readers know what it is. */
function Folded({ faults }: { readonly faults: TimelineEntry["folded"] }) {
  return (
    <details className="detail">
      <summary>
        First <Clock at={faults[0]?.at ?? ""} />, last <Clock at={faults.at(-1)?.at ?? ""} />
      </summary>
      <ol>
        {faults.map(({ key, at, place }) => (
          <li key={key}>
            {place} <Clock at={at} />
          </li>
        ))}
      </ol>
    </details>
  );
}

const Clock = ({ at }: { readonly at: string }) => (
  <time className="faint small number" dateTime={at} title={wholeTime(at)}>
    {clockTime(at)}
  </time>
);
