import { type Chunk, hasEnded, type Sync } from "@millrace/client";
import { count } from "../../format/numbers.ts";
import { useListing } from "../../list/use-listing.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { categoryOf } from "../../sync/sync-words.ts";
import { Badge, Button, type Tone } from "../../ui/controls.tsx";
import { Problem, Skeleton } from "../../ui/panels.tsx";
import { TableScroll } from "../../ui/table-scroll.tsx";
import { Ago, Coming } from "../../ui/time.tsx";
import { useReadAgain } from "./use-read-again.ts";

const tones: Record<Chunk["state"], Tone> = {
  listed: "idle",
  outstanding: "active",
  settled: "good",
  dead_lettered: "bad",
};

/** Each chunk with its attempts and its share of the ledger. */
export function ChunkTable({ sync: { id, status, version } }: { readonly sync: Sync }) {
  const { millrace } = useAccess();
  const list = useListing({
    queryKey: ["chunks", id],
    read: () => millrace.syncs.chunks(id),
    refetchInterval: status === "running" ? 4_000 : false,
  });
  // What comes after the end: dead letters that are redriven.
  useReadAgain(hasEnded({ status }) ? version : "", list.readAgain);
  if (list.items === undefined && list.error !== null)
    return <Problem error={list.error} onRetry={list.readAgain} />;
  if (list.items === undefined) return <Skeleton />;
  return (
    <>
      <TableScroll label="Chunks" className="chunk-table">
        <table className="cards">
          <caption className="only-read">Chunks with their attempts</caption>
          <thead>
            <tr>
              <th scope="col">Chunk</th>
              <th scope="col">State</th>
              <th scope="col" className="number">
                Messages
              </th>
              <th scope="col" className="number">
                Attempts
              </th>
              <th scope="col">Last fault</th>
              <th scope="col">Settled</th>
            </tr>
          </thead>
          <tbody>
            {list.items.map((chunk) => (
              <ChunkRow key={chunk.index} chunk={chunk} />
            ))}
          </tbody>
        </table>
      </TableScroll>
      {list.hasMore && (
        <Button isSmall disabled={list.isLoadingMore} onClick={list.more}>
          {list.isLoadingMore ? "Loading …" : "Show more chunks"}
        </Button>
      )}
    </>
  );
}

function ChunkRow({ chunk }: { readonly chunk: Chunk }) {
  const { index, state, lane, attempts, lastFault, nextAttemptAt, settledAt } = chunk;
  return (
    <tr>
      <td className="fit">
        <span className="strong number">{index}</span> <span className="faint">{lane}</span>
      </td>
      <td className="fit" data-name="State">
        <Badge tone={tones[state]}>{state.replace("_", "-")}</Badge>
      </td>
      <td className="number" data-name="Messages">
        {count(chunk.size)}
        {isInPart(chunk) && (
          <div className="faint small">
            {count(chunk.handled)} done, {count(chunk.open)} open
          </div>
        )}
      </td>
      <td className="number" data-name="Attempts">
        {attempts}
      </td>
      <td data-name="Last fault">
        {lastFault === null ? (
          <span className="faint">–</span>
        ) : (
          <span className="small" title={lastFault.message}>
            {categoryOf(lastFault.category)} <Ago at={lastFault.at} />
            {nextAttemptAt !== null && settledAt === null && (
              <>
                , again <Coming at={nextAttemptAt} />
              </>
            )}
          </span>
        )}
      </td>
      <td className="fit" data-name="Settled">
        <Ago at={settledAt} />
      </td>
    </tr>
  );
}

/** Attempts have told how far it is. An API of an earlier release does not tell. */
const isInPart = ({ attempts, handled, settledAt }: Chunk): boolean =>
  settledAt === null && attempts > 0 && handled !== undefined;
