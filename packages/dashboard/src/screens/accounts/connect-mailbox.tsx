import { type Account, MillraceError } from "@millrace/client";
import { useMutation } from "@tanstack/react-query";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Problem } from "../../ui/panels.tsx";
import { LinkToSend } from "./link-to-send.tsx";

/** Makes a link by which the mailbox's owner consents: in this browser, or wherever the link is sent to. */
export function ConnectMailbox({
  account,
  onClose,
}: {
  readonly account: Account | null;
  readonly onClose: () => void;
}) {
  const { millrace } = useAccess();
  const returnUrl = `${location.origin}/accounts`;
  const link = useMutation({
    mutationFn: () =>
      millrace.connectLinks.create({ returnUrl, ...(account !== null && { accountId: account.id }) }),
  });
  return (
    <Dialog
      title={account === null ? "Connect a mailbox" : `Connect ${account.email} again`}
      onClose={onClose}
    >
      <p className="soft">
        {account === null
          ? "The mailbox’s owner consents at the provider. The link is good for 15 minutes and for one mailbox; its first sync starts by itself."
          : "Its owner consents at the provider once more. No other mailbox is accepted, and its paused syncs go on by themselves."}
      </p>
      {link.error !== null && <Problem error={link.error} />}
      {link.error instanceof MillraceError && link.error.status === 422 && (
        <p className="soft small">
          Allow <code>{returnUrl}</code> among the tenant’s return addresses first:{" "}
          <code>PATCH /v1/tenant</code> with <code>returnUrls</code>.
        </p>
      )}
      {link.data === undefined ? (
        <div className="dialog-actions">
          <Button onClick={onClose}>Not now</Button>
          <Button look="main" disabled={link.isPending} onClick={() => link.mutate()}>
            {link.isPending ? "Making the link …" : "Make the link"}
          </Button>
        </div>
      ) : (
        <LinkToSend link={link.data} onAgain={() => link.mutate()} onClose={onClose} />
      )}
    </Dialog>
  );
}
