import type { FormEvent, ReactNode } from "react";
import { Button } from "./controls.tsx";
import { Dialog } from "./dialog.tsx";
import { Problem } from "./panels.tsx";

/** What is sent when the form is: a mutation of TanStack Query. */
interface Sending {
  readonly mutate: () => void;
  readonly isPending: boolean;
  readonly error: unknown;
}

/** A form in a dialog: what was wrong with it is said above its buttons. */
export function FormDialog({
  title,
  sending,
  send = "Save",
  isReady = true,
  onClose,
  children,
}: {
  readonly title: string;
  readonly sending: Sending;
  /** What the button says. */
  readonly send?: string;
  readonly isReady?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    sending.mutate();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {children}
        {sending.error !== null && <Problem error={sending.error} />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Not now</Button>
          <Button look="main" type="submit" disabled={sending.isPending || !isReady}>
            {send}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
