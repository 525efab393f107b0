import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { useAccounts } from "../../api/accounts.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button, Field } from "../../ui/controls.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Problem } from "../../ui/panels.tsx";

const modes = [
  ["auto", "Automatic", "what has changed, or everything the first time"],
  ["full", "Full", "lists the whole mailbox and compares it"],
] as const;

/** Asks which mailbox, and how; the key that makes it idempotent is the client's. */
export function StartSync({
  accountId,
  onClose,
  onStarted,
}: {
  readonly accountId?: string | undefined;
  readonly onClose: () => void;
  readonly onStarted: (syncId: string) => void;
}) {
  const { millrace } = useAccess();
  const accounts = useAccounts();
  const [chosen, setChosen] = useState(accountId ?? "");
  const [mode, setMode] = useState<"auto" | "full">("auto");
  const account = chosen === "" ? (accounts.data?.[0]?.id ?? "") : chosen;
  const start = useMutation({
    mutationFn: () => millrace.syncs.start({ accountId: account, mode }),
    onSuccess: ({ syncId }) => onStarted(syncId),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    start.mutate();
  };
  return (
    <Dialog title="Start a sync" onClose={onClose}>
      {accounts.data?.length === 0 ? (
        <p className="soft">
          No mailbox is connected yet. <Link href="/accounts">Connect one</Link> first.
        </p>
      ) : (
        <form className="stack" onSubmit={submit}>
          <Field label="Mailbox">
            <select value={account} onChange={({ target }) => setChosen(target.value)}>
              {accounts.data?.map(({ id, email }) => (
                <option key={id} value={id}>
                  {email}
                </option>
              ))}
            </select>
          </Field>
          <fieldset className="choices">
            <legend>Mode</legend>
            {modes.map(([value, name, what]) => (
              <label key={value}>
                <input type="radio" name="mode" checked={mode === value} onChange={() => setMode(value)} />
                <span>
                  {name} <span className="faint small">{what}</span>
                </span>
              </label>
            ))}
          </fieldset>
          {start.error !== null && <Problem error={start.error} />}
          <div className="dialog-actions">
            <Button onClick={onClose}>Not now</Button>
            <Button look="main" type="submit" disabled={start.isPending || account === ""}>
              {start.isPending ? "Starting …" : "Start"}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
