import { besideLedger, type Sync } from "@millrace/client";
import { CircleCheck, Scale } from "lucide-react";
import { Link } from "wouter";
import { count, plural } from "../../format/numbers.ts";
import { Panel } from "../../ui/panels.tsx";

/** The proof: what was listed is accounted for, message by message. */
export function Ledger({ sync, hasEnded }: { readonly sync: Sync; readonly hasEnded: boolean }) {
  const { ledger } = sync;
  const { handled, left } = besideLedger(sync);
  const rows: (readonly [name: string, messages: number, colour: string])[] = [
    ["Stored", ledger.stored, "var(--mark-settled)"],
    ["Unchanged", ledger.unchanged, "var(--mark-outstanding)"],
    ["Gone", ledger.gone, "var(--line-strong)"],
    ["Dead-lettered", ledger.deadLettered, "var(--mark-dead)"],
  ];
  // Chunks are counted above as a whole, once they are done.
  if (handled > 0) rows.push(["Done in open chunks", handled, "var(--mark-failing)"]);
  if (!hasEnded) rows.push(["Still to come", left, "var(--mark-listed)"]);
  return (
    <Panel title="Ledger">
      <table className="ledger">
        <tbody>
          <tr>
            <th scope="row">Listed</th>
            <td className="number">{count(ledger.listed)}</td>
          </tr>
          {rows.map(([name, n, colour]) => (
            <tr key={name}>
              <th scope="row">
                <i style={{ background: colour }} />
                {name}
              </th>
              <td className="number">{count(n)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {hasEnded && <Verdict sync={sync} left={left} />}
    </Panel>
  );
}

function Verdict({ sync: { ledger, status, id }, left }: { readonly sync: Sync; readonly left: number }) {
  if (ledger.balanced && ledger.deadLettered === 0 && status === "completed") {
    return (
      <p className="verdict good">
        <CircleCheck size={16} aria-hidden /> The ledger balances.
      </p>
    );
  }
  if (ledger.balanced && status === "partial") {
    return (
      <p className="verdict warn">
        <Scale size={16} aria-hidden />
        <span>
          It balances, with <Link href={`/dead-letters?sync=${id}`}>dead letters to look at</Link>.
        </span>
      </p>
    );
  }
  if (status === "coalesced") return null;
  return (
    <p className="verdict soft">
      <Scale size={16} aria-hidden />
      {left > 0
        ? `${plural(left, "message")} ${left === 1 ? "was" : "were"} left behind when it ended.`
        : "It ended before its proof."}
    </p>
  );
}
