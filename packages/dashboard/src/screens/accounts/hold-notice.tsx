import type { Account } from "@millrace/client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import { useState } from "react";
import { wholeTime } from "../../format/times.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Problem } from "../../ui/panels.tsx";
import { toast } from "../../ui/toast.tsx";

/** That an account is held, since when and why; and the end of it, which is asked for twice. */
export function HoldNotice({
  account: { id, hold },
  onChange,
}: {
  readonly account: Account;
  readonly onChange: () => void;
}) {
  const { millrace, can } = useAccess();
  const queries = useQueryClient();
  const [isSure, setSure] = useState(false);
  const end = useMutation({
    mutationFn: () => millrace.accounts.endHold(id),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["accounts"] });
      setSure(false);
      toast("The hold has ended");
    },
  });
  if (hold === null) return null;
  return (
    <div className="problem" data-tone="warn">
      <Lock size={16} aria-hidden />
      <div className="stack" style={{ gap: 8 }}>
        <div>
          <p>Held: {hold.reason}</p>
          <p>Since {wholeTime(hold.since)} nothing of it is removed by age, and it cannot be removed.</p>
        </div>
        {end.error !== null && <Problem error={end.error} />}
        {can("admin") && (
          <div className="row wrap">
            <Button isSmall onClick={onChange}>
              Change the reason
            </Button>
            <Button
              isSmall
              look="danger"
              disabled={end.isPending}
              onClick={() => (isSure ? end.mutate() : setSure(true))}
            >
              {isSure ? "End it: what has had its time goes" : "End the hold"}
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}
