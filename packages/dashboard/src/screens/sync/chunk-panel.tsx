import { hasEnded, type Sync } from "@millrace/client";
import { useEffect, useRef, useState } from "react";
import { count, plural } from "../../format/numbers.ts";
import { useStream } from "../../live/use-stream.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Panel, Problem } from "../../ui/panels.tsx";
import { ChunkGrid, letterColours } from "./chunk-grid.tsx";
import { ChunkStates, letterNames, letters } from "./chunk-states.ts";
import { ChunkTable } from "./chunk-table.tsx";

/** The sync's chunks: a picture that is live, a legend that counts, and a table with each one's attempts. */
export function ChunkPanel({ sync }: { readonly sync: Sync }) {
  const { states, news, error } = useChunkStates(sync);
  const [isTable, setTable] = useState(false);
  const total = Math.max(states.length, sync.progress.chunksListed);
  const isEmpty = total === 0;
  return (
    <Panel
      title="Chunks"
      aside={
        <>
          <span className="faint small number">{isEmpty ? null : plural(total, "chunk")}</span>
          {!isEmpty && (
            <span className="push">
              <Button isSmall aria-expanded={isTable} onClick={() => setTable(!isTable)}>
                {isTable ? "Hide the table" : "Show as a table"}
              </Button>
            </span>
          )}
        </>
      }
    >
      {error !== null && <Problem error={error} />}
      {isEmpty ? (
        <p className="soft">
          {hasEnded(sync) ? "There was nothing to fetch." : "None yet: they appear as the mailbox is listed."}
        </p>
      ) : (
        <>
          <ul className="legend">
            {letters.map((letter) => (
              <li key={letter} className={states.count(letter) === 0 ? "faint" : undefined}>
                <i style={{ background: letterColours[letter] }} />
                {letterNames[letter]}
                <b className="number">{count(states.count(letter))}</b>
              </li>
            ))}
          </ul>
          <ChunkGrid states={states} news={news} />
          {isTable && <ChunkTable sync={sync} />}
        </>
      )}
    </Panel>
  );
}

/** The states as the stream tells them, drawn once a frame at most. */
function useChunkStates({ id, status }: Sync) {
  const { millrace } = useAccess();
  const [states] = useState(() => new ChunkStates());
  const [news, setNews] = useState(0);
  const frame = useRef(0);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  const error = useStream(
    // A stream ends with its sync; what comes later (dead letters that are redriven) is another one's to tell.
    `${id} ${status}`,
    (options) => millrace.watchChunks(id, options),
    (told) => {
      states.apply(told);
      if (frame.current !== 0) return;
      frame.current = requestAnimationFrame(() => {
        frame.current = 0;
        setNews((before) => before + 1);
      });
    },
  );
  return { states, news, error };
}
