import type { Account, DeadLetter } from "@millrace/client";
import { categoryOf } from "../../sync/sync-words.ts";
import { Badge, type Tone } from "../../ui/controls.tsx";
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
    <div className="table-scroll">
      <table>
        <thead>
          <tr>
            {onPick !== null && (
              <th scope="col">
                <input
                  type="checkbox"
                  aria-label="Pick all that are shown"
                  checked={areAll}
                  onChange={() => onPick(areAll ? new Set() : new Set(letters.map(({ id }) => id)))}
                />
              </th>
            )}
            <th scope="col">Reason</th>
            <th scope="col">Mailbox</th>
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
                <td className="fit">
                  <input
                    type="checkbox"
                    aria-label={`Pick message ${letter.providerId}`}
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
              <td className="small">{emails.get(letter.accountId) ?? letter.accountId}</td>
              <td className="number">{letter.attempts}</td>
              <td className="fit">
                <Ago at={letter.createdAt} />
              </td>
              <td className="fit">
                <Badge tone={letterTones[letter.state]}>{letter.state}</Badge>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
