import type { ConnectLink } from "@millrace/client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, Copy, ExternalLink, Link2 } from "lucide-react";
import { useEffect } from "react";
import { Link } from "wouter";
import { failureWords } from "../../session/consent-outcome.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Ago } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";

const lookEveryMs = 2_000;

/** A link that was made: to be opened or sent on; and what has come of it, as soon as that is known. */
export function LinkToSend({
  link,
  onAgain,
  onClose,
}: {
  readonly link: ConnectLink & { readonly url: string };
  /** Makes another one in its place. */
  readonly onAgain: () => void;
  readonly onClose: () => void;
}) {
  const { status, accountId, failure } = useOutcome(link);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(link.url);
    toast("The link is copied");
  };
  if (status === "connected")
    return (
      <>
        <p className="row" role="status">
          <CircleCheck size={16} aria-hidden /> The link was used: the mailbox is connected.
        </p>
        <div className="dialog-actions">
          <Link href={`/accounts?account=${accountId ?? ""}`} className="button main" onClick={onClose}>
            Show the mailbox
          </Link>
        </div>
      </>
    );
  return (
    <>
      <p className="small faint" role="status">
        {status === "expired" ? (
          "The link has ended, and nothing was connected."
        ) : (
          <>
            The link ends <Ago at={link.expiresAt} />. Whoever has it can connect a mailbox with it. It says
            here when it was used.
          </>
        )}
      </p>
      {failure !== null && (
        <p className="warn small" role="status">
          The owner has tried it <Ago at={failure.at} />. Told was: {failureWords(failure.code)}
        </p>
      )}
      {status === "expired" && (
        <div className="dialog-actions">
          <Button look="main" icon={<Link2 size={15} aria-hidden />} onClick={onAgain}>
            Make a new link
          </Button>
        </div>
      )}
      {status === "open" && (
        <div className="dialog-actions">
          <Button icon={<Copy size={15} aria-hidden />} onClick={() => void copy()}>
            Copy for the owner
          </Button>
          <a className="button main" href={link.url}>
            Open here <ExternalLink size={15} aria-hidden />
          </a>
        </div>
      )}
    </>
  );
}

/** The link as it is now, looked at until it has ended; the list of mailboxes is read again then. */
function useOutcome(link: ConnectLink): ConnectLink {
  const { millrace } = useAccess();
  const queries = useQueryClient();
  const { data = link } = useQuery({
    queryKey: ["connect-link", link.id],
    queryFn: ({ signal }) => millrace.connectLinks.get(link.id, { signal }),
    refetchInterval: ({ state }) =>
      state.data === undefined || state.data.status === "open" ? lookEveryMs : false,
  });
  const isConnected = data.status === "connected";
  useEffect(() => {
    if (isConnected) void queries.invalidateQueries({ queryKey: ["accounts"] });
  }, [isConnected, queries]);
  return data;
}
