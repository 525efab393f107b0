import type { Account } from "@millrace/client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAccess } from "../../session/millrace-context.tsx";
import { Field } from "../../ui/controls.tsx";
import { FormDialog } from "../../ui/form-dialog.tsx";
import { toast } from "../../ui/toast.tsx";

/** Holds an account, or gives its hold another reason. */
export function HoldDialog({
  account: { id, email, hold },
  onClose,
}: {
  readonly account: Account;
  readonly onClose: () => void;
}) {
  const { millrace } = useAccess();
  const queries = useQueryClient();
  const [reason, setReason] = useState(hold?.reason ?? "");
  const save = useMutation({
    mutationFn: () => millrace.accounts.hold(id, reason.trim()),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["accounts"] });
      toast(hold === null ? "The account is held" : "The hold has its new reason");
      onClose();
    },
  });
  return (
    <FormDialog
      title={`Hold ${email}`}
      sending={save}
      send={hold === null ? "Hold the account" : "Change the reason"}
      isReady={reason.trim() !== ""}
      onClose={onClose}
    >
      <p className="soft">
        A legal hold: nothing of the account is removed by age, and the account cannot be removed, until the
        hold ends. Its syncs go on.
      </p>
      <Field label="Reason" hint="For those who wonder later why it is held">
        <input
          required
          maxLength={500}
          placeholder="Litigation 17"
          value={reason}
          onChange={({ target }) => setReason(target.value)}
        />
      </Field>
    </FormDialog>
  );
}
