import type { Account, DeadLetter } from "@millrace/client";
import { categoryOf } from "../../sync/sync-words.ts";
import { Badge, type Tone } from "../../ui/controls.tsx";
import { TableScroll } from "../../ui/table-scroll.tsx";
import { Ago } from "../../ui/time.tsx";

export const letterTones: Record<DeadLetter["state"], Tone> = {
  open: "bad",
  redriving: "active",
  resolved: "good",
  discarded: "idle",
};

/** @param onPick null: there is nothing to pick them for */
export function LetterTable({
  letters,
  accounts,
  picked,
  onPick,
  onShow,
}: {
  readonly letters: readonly DeadLetter[];
  readonly accounts: readonly Account[];
  readonly picked: ReadonlySet<string>;
  readonly onPick: ((ids: ReadonlySet<string>) => void) | null;
  readonly onShow: (letter: DeadLetter) => void;
}) {
  const emails = new Map(accounts.map(({ id, email }) => [id, email]));
  const areAll = letters.every(({ id }) => picked.has(id));
  const toggle = (id: string): void => {
    const next = new Set(picked);
    if (!next.delete(id)) next.add(id);
    onPick?.(next);
  };
  return (
    <TableScroll label="Dead letters">
      <table className="cards letter-table">
        <thead>
          <tr>
            {onPick !== null && (
              <th scope="col" className="pick">
                <label className="row">
                  <input
                    type="checkbox"
                    checked={areAll}
                    onChange={() => onPick(areAll ? new Set() : new Set(letters.map(({ id }) => id)))}
                  />
                  <span className="only-read">Pick all that are shown</span>
                </label>
              </th>
            )}
            <th scope="col">Reason</th>
            <th scope="col">Message</th>
            <th scope="col" className="number">
              Attempts
            </th>
            <th scope="col">Since</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {letters.map((letter) => (
            // The button in it is what a keyboard reaches.
            <tr
              key={letter.id}
              className="clickable"
              aria-selected={picked.has(letter.id)}
              onClick={() => onShow(letter)}
            >
              {onPick !== null && (
                <td className="fit pick">
                  <input
                    type="checkbox"
                    aria-label={`Pick message ${letter.subject ?? letter.providerId}`}
                    checked={picked.has(letter.id)}
                    onClick={(event) => event.stopPropagation()}
                    onChange={() => toggle(letter.id)}
                  />
                </td>
              )}
              <td className="letter-reason">
                <button type="button" className="as-link" onClick={() => onShow(letter)}>
                  {categoryOf(letter.category)}
                </button>
                <div className="faint small cut" title={letter.error}>
                  {letter.error}
                </div>
              </td>
              <td className="letter-message" data-name="Message">
                <div className="cut">{letter.subject ?? <span className="faint">unknown subject</span>}</div>
                <div className="faint small cut">{emails.get(letter.accountId) ?? letter.accountId}</div>
              </td>
              <td className="number" data-name="Attempts">
                {letter.attempts}
              </td>
              <td className="fit" data-name="Since">
                <Ago at={letter.createdAt} />
              </td>
              <td className="fit" data-name="State">
                <Badge tone={letterTones[letter.state]}>{letter.state}</Badge>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
