import { handledOf, missingMessagesOf, type Sync, triedAgainWords } from "@millrace/client";
import { CircleAlert, TriangleAlert } from "lucide-react";
import { Link } from "wouter";
import { useAccount } from "../../api/accounts.ts";
import { count, duration, rate } from "../../format/numbers.ts";
import { clockTime } from "../../format/times.ts";
import { attemptOf, categoryOf, headlineOf, progressOf, timeLeftWords } from "../../sync/sync-words.ts";
import { usePace } from "../../sync/use-pace.ts";
import { useNobodyWorks, useTimeLeft } from "../../sync/use-time-left.ts";
import { Bar, type Tone } from "../../ui/controls.tsx";
import { Ago, Coming, useNow } from "../../ui/time.tsx";

/** How far it is, how fast it goes, when it is done; and what is in its way. */
export function SyncProgressPanel({ sync }: { readonly sync: Sync }) {
  const nowMs = useNow();
  const pace = usePace(sync, nowMs);
  const left = useTimeLeft(sync);
  const isNobodyWorking = useNobodyWorks(left);
  const { share, text, percent } = progressOf(sync);
  const isStill = sync.status === "requested" || sync.status === "queued" || sync.status === "paused";
  const hasNothing = sync.status === "coalesced" || (isStill && sync.progress.listed === 0);
  const messages = share === null ? `${count(handledOf(sync.progress))} messages so far` : `${text} messages`;
  const words = [
    sync.status === "running" && left.kind !== "still" && pace !== null ? `${rate(pace)} messages/s` : null,
    timeLeftWords(left, sync, isNobodyWorking),
    tookOf(sync),
  ].filter((word) => word !== null);
  return (
    <section className="panel sync-progress" aria-label="Progress">
      <div className="row wrap sync-progress-line">
        {!hasNothing && <span className="sync-percent number">{percent ?? "…"}</span>}
        <div className="sync-words">
          <p className="sync-headline">{headlineOf(sync)}</p>
          <p className="soft number">
            {hasNothing ? "No messages yet" : messages}
            {words.map((word) => ` · ${word}`)}
          </p>
        </div>
      </div>
      {!hasNothing && (
        <Bar
          isThick
          label="Progress of the sync"
          share={share}
          text={messages}
          tone={left.kind === "still" ? "warn" : barTone(sync)}
        />
      )}
      <Obstacle sync={sync} />
    </section>
  );
}

function barTone({ status, trouble }: Sync): Tone | undefined {
  if (status === "failed") return "bad";
  return status === "paused" || status === "partial" || (status === "running" && trouble !== null)
    ? "warn"
    : undefined;
}

function tookOf({ startedAt, endedAt }: Sync): string | null {
  if (startedAt === null || endedAt === null) return null;
  return `took ${duration((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000)}`;
}

/** What keeps it from going on, and who has to do what about it. */
function Obstacle({ sync }: { readonly sync: Sync }) {
  const { status, paused, trouble, failure, accountId } = sync;
  if (status === "paused" && paused !== null) {
    return (
      <div className="problem" data-tone="warn">
        <TriangleAlert size={16} aria-hidden />
        <div>
          <p>
            Paused <Ago at={paused.since} />.{paused.reason === "requested" && " Resume lets it go on."}
          </p>
          {paused.reason === "consent_lost" && (
            <p>
              <Link href={`/accounts?account=${accountId}`}>Connect the mailbox again</Link>; the sync goes on
              by itself then, and when the provider takes the mailbox again by itself.
            </p>
          )}
        </div>
      </div>
    );
  }
  if (status === "running" && trouble !== null) {
    return (
      <div className="problem" data-tone="warn">
        <TriangleAlert size={16} aria-hidden />
        <div>
          <p>
            {categoryOf(trouble.category)} <Ago at={trouble.at} />: {trouble.message}
          </p>
          <p>
            {triedAgainWords(missingMessagesOf(sync))}
            {trouble.nextAt === null ? "." : " "}
            {trouble.nextAt !== null && <Coming at={trouble.nextAt} />}
          </p>
          {trouble.attempt !== null && (
            <p>
              That was {attemptOf(trouble.attempt, trouble.setAsideAt)}; nothing has got on since{" "}
              {clockTime(trouble.since)}.
            </p>
          )}
        </div>
      </div>
    );
  }
  if (status === "queued") return <Before accountId={accountId} />;
  if (status === "failed" && failure !== null) {
    return (
      <div className="problem">
        <CircleAlert size={16} aria-hidden />
        <div>
          <p>{categoryOf(failure.category)}</p>
          <p>Retry asks for a new sync in its place; what is stored already is not fetched again.</p>
        </div>
      </div>
    );
  }
  return null;
}

/** The sync of the mailbox that has to end first, where what is in its way is said. */
function Before({ accountId }: { readonly accountId: string }) {
  const before = useAccount(accountId)?.activeSyncId ?? null;
  if (before === null) return null;
  return (
    <p>
      It waits for <Link href={`/syncs/${before}`}>{before}</Link>, and begins by itself then.
    </p>
  );
}
