import { type Account, consentEndsSoon, consentHasEnded } from "@millrace/client";
import { Ago, useNow } from "../../ui/time.tsx";

/** Says of a mailbox that it has to be connected again soon. */
export function ConsentEnds({ account }: { readonly account: Account }) {
  const nowMs = useNow();
  if (!consentEndsSoon(account, nowMs)) return null;
  return (
    <span className="warn small">
      {consentHasEnded(account, nowMs) ? "consent ended" : "consent ends"} <Ago at={account.consentEndsAt} />
    </span>
  );
}

/** The same at length. */
export function ConsentNotice({ account }: { readonly account: Account }) {
  const nowMs = useNow();
  if (!consentEndsSoon(account, nowMs)) return null;
  const hasEnded = consentHasEnded(account, nowMs);
  return (
    <div className="problem">
      <div>
        <p>
          The consent to the mailbox {hasEnded ? "ended" : "ends"} <Ago at={account.consentEndsAt} />
        </p>
        <p>
          {hasEnded
            ? "Its owner has to connect it again: its next sync pauses until that is done."
            : "Its owner can connect it again at any time before. Afterwards its syncs pause until that is done."}
        </p>
      </div>
    </div>
  );
}
