import { hasEnded, type Sync } from "@millrace/client";
import { useState } from "react";
import { count, plural } from "../../format/numbers.ts";
import { Button } from "../../ui/controls.tsx";
import { Panel, Problem } from "../../ui/panels.tsx";
import { ChunkGrid, letterColours } from "./chunk-grid.tsx";
import { letterNames, letters } from "./chunk-states.ts";
import { ChunkTable } from "./chunk-table.tsx";
import { useChunkStates } from "./use-chunk-states.ts";

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
