import { type Chunk, hasEnded, type Sync } from "@millrace/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { count } from "../../format/numbers.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { categoryOf } from "../../sync/sync-words.ts";
import { Badge, Button, type Tone } from "../../ui/controls.tsx";
import { Problem, Skeleton } from "../../ui/panels.tsx";
import { Ago } from "../../ui/time.tsx";
import { useReadAgain } from "./use-read-again.ts";

const pageSize = 50;
const tones: Record<Chunk["state"], Tone> = {
  listed: "idle",
  outstanding: "active",
  settled: "good",
  dead_lettered: "bad",
};

/** Each chunk with its attempts and its share of the ledger. */
export function ChunkTable({ sync: { id, status, version } }: { readonly sync: Sync }) {
  const { millrace } = useAccess();
  const { data, error, fetchNextPage, hasNextPage, isFetchingNextPage, refetch } = useInfiniteQuery({
    queryKey: ["chunks", id],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      millrace.syncs
        .chunks(id)
        .page({ limit: pageSize, signal, ...(pageParam !== "" && { cursor: pageParam }) }),
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: status === "running" ? 4_000 : false,
  });
  // What comes after the end: dead letters that are redriven.
  useReadAgain(hasEnded({ status }) ? version : "", () => void refetch());
  if (error !== null && data === undefined) return <Problem error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton />;
  return (
    <>
      <div className="table-scroll chunk-table">
        <table>
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
            {data.pages.flatMap(({ items }) =>
              items.map((chunk) => <ChunkRow key={chunk.index} chunk={chunk} />),
            )}
          </tbody>
        </table>
      </div>
      {hasNextPage && (
        <Button isSmall disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {isFetchingNextPage ? "Loading …" : "Show more chunks"}
        </Button>
      )}
    </>
  );
}

function ChunkRow({ chunk }: { readonly chunk: Chunk }) {
  const { index, state, lane, size, attempts, lastFault, nextAttemptAt, settledAt } = chunk;
  return (
    <tr>
      <td className="fit">
        <span className="strong number">{index}</span> <span className="faint">{lane}</span>
      </td>
      <td className="fit">
        <Badge tone={tones[state]}>{state.replace("_", "-")}</Badge>
      </td>
      <td className="number">{count(size)}</td>
      <td className="number">{attempts}</td>
      <td>
        {lastFault === null ? (
          <span className="faint">–</span>
        ) : (
          <span className="small" title={lastFault.message}>
            {categoryOf(lastFault.category)} <Ago at={lastFault.at} />
            {nextAttemptAt !== null && settledAt === null && (
              <>
                , again <Ago at={nextAttemptAt} />
              </>
            )}
          </span>
        )}
      </td>
      <td className="fit">
        <Ago at={settledAt} />
      </td>
    </tr>
  );
}
