import type { Account } from "@millrace/client";
import { Link2 } from "lucide-react";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Ago, useNow } from "../../ui/time.tsx";

/** When a mailbox is looked at next. One that refuses us is not, until it is connected again, which is offered here. */
export function NextLook({
  account: { status, nextRunAt, email },
  onReconnect,
}: {
  readonly account: Account;
  /** Absent: it is offered beside. */
  readonly onReconnect?: () => void;
}) {
  const { can } = useAccess();
  const nowMs = useNow();
  if (status === "removing") return <span className="faint">never</span>;
  if (status === "connected") {
    const isDue = nextRunAt !== null && Date.parse(nextRunAt) <= nowMs;
    return isDue ? <span>due now</span> : <Ago at={nextRunAt} none="only when asked" />;
  }
  return (
    <span className="row wrap">
      after reconnecting
      {onReconnect !== undefined && can("write") && (
        <Button
          isSmall
          icon={<Link2 size={14} aria-hidden />}
          onClick={(event) => {
            event.stopPropagation();
            onReconnect();
          }}
        >
          Connect again<span className="only-read"> {email}</span>
        </Button>
      )}
    </span>
  );
}
