import type { Account } from "@millrace/client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Scale } from "lucide-react";
import { useEffect } from "react";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Problem } from "../../ui/panels.tsx";
import { Ago } from "../../ui/time.tsx";
import { comparisonOf, standingOf } from "./comparison-words.ts";

const lookEveryMs = 2_000;

/** Whether the copy is what the mailbox is: what was found last, and a comparison now for whom may ask for one. */
export function Comparison({ account: { id, status, verification } }: { readonly account: Account }) {
  const { millrace, can } = useAccess();
  const ask = useMutation({ mutationFn: () => millrace.accounts.verify(id) });
  const asked = useAsked(id, ask.data?.verificationId ?? null);
  const found = standingOf(verification);
  const isRunning = ask.isPending || asked?.status === "running";
  return (
    <div className="stack" style={{ gap: 6 }}>
      <div className="row wrap small">
        <span className="soft">Comparison</span>
        <span className={verification.driftsInRow >= 2 ? "push warn" : "push faint"}>
          {found === null ? (
            "never compared"
          ) : (
            <>
              {found}, <Ago at={verification.lastAt} />
            </>
          )}
        </span>
      </div>
      <p className="small faint">
        Next by itself: <Ago at={verification.nextAt} none="never" />
      </p>
      {ask.error !== null && <Problem error={ask.error} />}
      {asked !== null && (
        <p className="small" role="status">
          {comparisonOf(asked)}
        </p>
      )}
      {can("write") && status === "connected" && (
        <div className="row">
          <Button
            isSmall
            icon={<Scale size={14} aria-hidden />}
            disabled={isRunning}
            onClick={() => ask.mutate()}
          >
            Compare with the mailbox
          </Button>
        </div>
      )}
    </div>
  );
}

/** The comparison that was asked for here, until it has ended; then the mailbox is read again, which tells of it. */
function useAsked(accountId: string, verificationId: string | null) {
  const { millrace } = useAccess();
  const queries = useQueryClient();
  const { data = null } = useQuery({
    queryKey: ["verification", verificationId],
    enabled: verificationId !== null,
    queryFn: ({ signal }) => millrace.accounts.verification(accountId, verificationId ?? "", { signal }),
    refetchInterval: ({ state }) =>
      state.data === undefined || state.data.status === "running" ? lookEveryMs : false,
  });
  const hasEnded = data !== null && data.status !== "running";
  useEffect(() => {
    if (hasEnded) void queries.invalidateQueries({ queryKey: ["accounts"] });
  }, [hasEnded, queries]);
  return data;
}
