import type { Sync } from "@millrace/client";
import { CircleCheck, Scale } from "lucide-react";
import { Link } from "wouter";
import { count } from "../../format/numbers.ts";
import { Panel } from "../../ui/panels.tsx";

/** The proof: what was listed is accounted for, message by message. */
export function Ledger({ sync, hasEnded }: { readonly sync: Sync; readonly hasEnded: boolean }) {
  const { ledger } = sync;
  const rows = [
    ["Stored", ledger.stored, "var(--mark-settled)"],
    ["Unchanged", ledger.unchanged, "var(--mark-outstanding)"],
    ["Gone", ledger.gone, "var(--line-strong)"],
    ["Dead-lettered", ledger.deadLettered, "var(--mark-dead)"],
  ] as const;
  const open = ledger.listed - rows.reduce((sum, [, n]) => sum + n, 0);
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
          {!hasEnded && (
            <tr>
              <th scope="row">
                <i style={{ background: "var(--mark-listed)" }} />
                Still to come
              </th>
              <td className="number">{count(Math.max(0, open))}</td>
            </tr>
          )}
        </tbody>
      </table>
      {hasEnded && <Verdict sync={sync} open={open} />}
    </Panel>
  );
}

function Verdict({ sync: { ledger, status, id }, open }: { readonly sync: Sync; readonly open: number }) {
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
      {open > 0 ? `${count(open)} messages were left behind when it ended.` : "It ended before its proof."}
    </p>
  );
}
