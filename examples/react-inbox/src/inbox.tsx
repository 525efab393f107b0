import { createMillrace, hasEnded } from "@millrace/client";
import { MillraceProvider, SyncProgress, useSync } from "@millrace/client/react";
import { useEffect, useMemo, useState } from "react";

const baseUrl: string = import.meta.env.VITE_MILLRACE_URL ?? "http://127.0.0.1:8750";

interface Mailbox {
  readonly email: string;
  /** The sync to show; null: there was none yet. */
  readonly syncId: string | null;
}

/** The mailbox of whoever is signed in, and its newest sync. */
export function Inbox() {
  const [mailbox, setMailbox] = useState<Mailbox | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => untilAnswered(() => ask<Mailbox>("GET", "/api/mailbox"), setMailbox, setProblem), []);

  // A client for each sync: its token opens that one only, and a new one is asked for when it has ended.
  const syncId = mailbox?.syncId ?? null;
  const client = useMemo(() => {
    const path = `/api/token?sync=${syncId}`;
    return createMillrace({ baseUrl, key: async () => (await ask<{ token: string }>("POST", path)).token });
  }, [syncId]);

  return (
    <>
      <h1>{mailbox?.email ?? "Inbox"}</h1>
      {mailbox !== null && (
        <MillraceProvider client={client}>
          <Sync id={syncId} show={(id) => setMailbox({ ...mailbox, syncId: id })} tell={setProblem} />
        </MillraceProvider>
      )}
      {problem !== null && <p role="alert">{problem}</p>}
    </>
  );
}

interface SyncProps {
  readonly id: string | null;
  readonly show: (id: string) => void;
  readonly tell: (problem: string | null) => void;
}

function Sync({ id, show, tell }: SyncProps) {
  const { sync, state } = useSync(id);
  const other = sync?.coalescedInto;

  // One sync of a mailbox runs at a time: another one that does the same is the one to watch.
  useEffect(() => {
    if (other) show(other);
  });

  const start = async () => {
    tell(null);
    const { syncId } = await ask<{ syncId: string }>("POST", "/api/sync");
    show(syncId);
  };
  const isBusy = id !== null && state !== "failed" && (sync === null || !hasEnded(sync));
  return (
    <>
      {id !== null && <SyncProgress id={id} />}
      <button
        type="button"
        disabled={isBusy}
        onClick={() => start().catch((error) => tell(`${error.message} Try again in a moment.`))}
      >
        Sync now
      </button>
    </>
  );
}

/** Asks until there is an answer, more and more seldom, and tells what is in the way. Returns what ends it. */
function untilAnswered<T>(
  question: () => Promise<T>,
  take: (answer: T) => void,
  tell: (problem: string | null) => void,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const attempt = async (waitMs: number) => {
    try {
      const answer = await question();
      if (isOver) return;
      take(answer);
      tell(null);
    } catch (error) {
      if (isOver) return;
      tell(`${(error as Error).message} It is tried again by itself.`);
      timer = setTimeout(attempt, waitMs, Math.min(2 * waitMs, 15_000));
    }
  };
  void attempt(1_000);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** Asks the app's own server. */
async function ask<T>(method: string, path: string): Promise<T> {
  const response = await fetch(path, { method }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (response?.ok && answer) return answer;
  throw new Error(answer?.error ?? "The server cannot be reached at the moment.");
}
