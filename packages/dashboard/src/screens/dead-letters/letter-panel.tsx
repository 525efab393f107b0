import type { DeadLetter } from "@millrace/client";
import { useMutation } from "@tanstack/react-query";
import { Download, RotateCcw, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { useAccount } from "../../api/accounts.ts";
import { saveFile } from "../../api/save-file.ts";
import { wholeTime } from "../../format/times.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { categoryOf } from "../../sync/sync-words.ts";
import { Badge, Button } from "../../ui/controls.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Problem } from "../../ui/panels.tsx";
import { toast } from "../../ui/toast.tsx";
import { letterTones } from "./letter-table.tsx";

/** One dead letter: what the last attempt met, its bytes where they are kept, and what may become of it. */
export function LetterPanel({
  letter,
  onClose,
  onChanged,
}: {
  readonly letter: DeadLetter;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}) {
  const { millrace, can } = useAccess();
  const account = useAccount(letter.accountId);
  const [isSure, setSure] = useState(false);
  /** The letter's `updatedAt` when another try was asked for; null: none was. */
  const [askedAt, setAskedAt] = useState<string | null>(null);
  const redrive = useMutation({
    mutationFn: () => millrace.deadLetters.redrive(letter.id),
    // It stays open: what comes of it is what one wants to see.
    onSuccess: () => {
      setAskedAt(letter.updatedAt);
      onChanged();
    },
  });
  const discard = useMutation({
    mutationFn: () => millrace.deadLetters.discard(letter.id),
    onSuccess: () => {
      toast("The dead letter is discarded");
      onClose();
      onChanged();
    },
  });
  const download = useMutation({
    mutationFn: async () => saveFile(await millrace.deadLetters.raw(letter.id), `${letter.providerId}.eml`),
  });
  const isTried = letter.state === "redriving" || (letter.state === "open" && letter.updatedAt === askedAt);
  const error = redrive.error ?? discard.error ?? download.error;
  return (
    <Dialog title={categoryOf(letter.category)} isSide onClose={onClose}>
      <div className="row">
        <Badge tone={letterTones[letter.state]}>{letter.state}</Badge>
        {letter.outcome !== null && <span className="soft">{letter.outcome}</span>}
      </div>
      <div role="status">
        {(isTried || askedAt !== null) && (
          <p>
            {isTried ? "It is being tried again." : endOf(letter)}{" "}
            <Link href={`/syncs/${letter.syncId}`}>Its sync</Link>
          </p>
        )}
      </div>
      <pre className="letter-error">{letter.error}</pre>
      {error !== null && <Problem error={error} />}
      <div className="row wrap">
        {can("write") && letter.state === "open" && !isTried && (
          <>
            <Button
              look="main"
              icon={<RotateCcw size={15} aria-hidden />}
              disabled={redrive.isPending}
              onClick={() => redrive.mutate()}
            >
              Redrive
            </Button>
            <Button
              look="danger"
              icon={<Trash2 size={15} aria-hidden />}
              disabled={discard.isPending}
              onClick={() => (isSure ? discard.mutate() : setSure(true))}
            >
              {isSure ? "Discard for good" : "Discard"}
            </Button>
          </>
        )}
        {letter.hasRaw && (
          <Button
            icon={<Download size={15} aria-hidden />}
            disabled={download.isPending}
            onClick={() => download.mutate()}
          >
            Download its bytes
          </Button>
        )}
      </div>
      <dl className="facts">
        {factsOf(letter, account?.email ?? letter.accountId).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

/** What came of another try. */
function endOf({ state, outcome }: DeadLetter): string {
  if (state === "open" || outcome === "superseded") return "It was tried again, and set aside again.";
  return outcome === "stored" ? "It was tried again, and is stored." : `It is settled: ${outcome ?? state}.`;
}

function factsOf(letter: DeadLetter, email: string): [string, ReactNode][] {
  return [
    [
      "Mailbox",
      <Link key="mailbox" href={`/accounts?account=${letter.accountId}`}>
        {email}
      </Link>,
    ],
    ["Subject", letter.subject ?? <span className="faint">not known: nothing of it is held</span>],
    ["Message", <code key="message">{letter.providerId}</code>],
    [
      "Sync",
      <Link key="sync" href={`/syncs/${letter.syncId}`}>
        <code>{letter.syncId}</code>
      </Link>,
    ],
    ["Set aside", letter.scope === "chunk" ? "With its whole chunk" : "It alone"],
    ["Chunk", letter.chunkIndex],
    ["Attempts", letter.attempts],
    ["Since", wholeTime(letter.createdAt)],
    ["Changed", wholeTime(letter.updatedAt)],
    ["Id", <code key="id">{letter.id}</code>],
  ];
}
