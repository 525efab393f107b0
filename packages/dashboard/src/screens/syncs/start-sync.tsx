import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { useAccounts } from "../../api/accounts.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { FormDialog } from "../../ui/form-dialog.tsx";
import { mailboxChoices, SelectField } from "../../ui/select-field.tsx";

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
  if (accounts.data?.length === 0) {
    return (
      <Dialog title="Start a sync" onClose={onClose}>
        <p className="soft">
          No mailbox is connected yet. <Link href="/accounts">Connect one</Link> first.
        </p>
      </Dialog>
    );
  }
  return (
    <FormDialog
      title="Start a sync"
      sending={start}
      send={start.isPending ? "Starting …" : "Start"}
      isReady={account !== ""}
      onClose={onClose}
    >
      <SelectField
        label="Mailbox"
        value={account}
        choices={mailboxChoices(accounts.data)}
        onChange={setChosen}
      />
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
    </FormDialog>
  );
}
