import type { Account } from "@millrace/client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Inbox, Link2, Lock, RefreshCw } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link, useLocation } from "wouter";
import { count } from "../../format/numbers.ts";
import { wholeTime } from "../../format/times.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Badge, Bar, Button } from "../../ui/controls.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Problem } from "../../ui/panels.tsx";
import { Ago } from "../../ui/time.tsx";
import { AccountLetters } from "./account-letters.tsx";
import { Watch } from "./account-table.tsx";
import { attachmentsOf, contentOf, scheduleOf, stateOf } from "./account-words.ts";
import { Comparison } from "./comparison.tsx";
import { ConnectMailbox } from "./connect-mailbox.tsx";
import { ConsentNotice } from "./consent-end.tsx";
import { HoldDialog } from "./hold-dialog.tsx";
import { HoldNotice } from "./hold-notice.tsx";
import { NextLook } from "./next-look.tsx";

/** All about one mailbox, and what can be done with it. */
export function AccountPanel({
  account,
  onClose,
}: {
  readonly account: Account;
  readonly onClose: () => void;
}) {
  const { millrace, can, me } = useAccess();
  const [, go] = useLocation();
  const [isConnecting, setConnecting] = useState(false);
  const [isHolding, setHolding] = useState(false);
  const start = useMutation({
    mutationFn: () => millrace.syncs.start({ accountId: account.id }),
    onSuccess: ({ syncId }) => go(`/syncs/${syncId}`),
  });
  if (isConnecting) return <ConnectMailbox account={account} onClose={() => setConnecting(false)} />;
  if (isHolding) return <HoldDialog account={account} onClose={() => setHolding(false)} />;
  const state = stateOf(account);
  const isLost = account.status === "reauth_required";
  return (
    <Dialog title={account.email} isSide onClose={onClose}>
      <div className="row wrap">
        <Badge tone={state.tone}>{state.name}</Badge>
        {account.hold !== null && <Badge tone="warn">held</Badge>}
      </div>
      {account.reauth !== null && (
        <div className="problem">
          <div>
            <p>
              The provider refuses the mailbox; it began to <Ago at={account.reauth.since} />
            </p>
            <p>{account.reauth.message} Paused syncs go on by themselves afterwards.</p>
          </div>
        </div>
      )}
      <ConsentNotice account={account} />
      <HoldNotice account={account} onChange={() => setHolding(true)} />
      {can("write") && account.status !== "removing" && (
        <div className="row wrap">
          <Button
            look={isLost ? undefined : "main"}
            icon={<RefreshCw size={15} aria-hidden />}
            disabled={start.isPending}
            onClick={() => start.mutate()}
          >
            Sync now
          </Button>
          <Button
            look={isLost ? "main" : undefined}
            icon={<Link2 size={15} aria-hidden />}
            onClick={() => setConnecting(true)}
          >
            Connect again
          </Button>
          {can("admin") && account.hold === null && (
            <Button icon={<Lock size={15} aria-hidden />} onClick={() => setHolding(true)}>
              Hold
            </Button>
          )}
        </div>
      )}
      {start.error !== null && <Problem error={start.error} />}
      <dl className="facts">
        {factsOf(account).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Comparison account={account} />
      <QuotaUse accountId={account.id} />
      <p className="row wrap leads">
        <Link href={`/syncs?account=${account.id}`} className="row">
          <RefreshCw size={14} aria-hidden /> Its syncs
        </Link>
        {me.kind === "tenant" && (
          <Link href={`/mail/${account.id}`} className="row">
            <Inbox size={14} aria-hidden /> Its mail
          </Link>
        )}
        <AccountLetters accountId={account.id} />
      </p>
    </Dialog>
  );
}

function factsOf(account: Account): [string, ReactNode][] {
  return [
    ["Account", <code key="id">{account.id}</code>],
    ["Provider", account.provider],
    ["Up to date", <Ago key="synced" at={account.lastSyncedAt} none="no copy yet" />],
    ["Watermark", account.watermark === null ? "none yet" : <code key="mark">{account.watermark}</code>],
    ["Schedule", scheduleOf(account)],
    ["Next look", <NextLook key="next" account={account} />],
    ["Last look", <Ago key="last" at={account.lastRunAt} none="not yet" />],
    ["Push", <Watch key="watch" watch={account.watch} />],
    ["Content", contentOf[account.content]],
    ["Attachments", attachmentsOf[account.attachments]],
    ["Connected", wholeTime(account.createdAt)],
    ["Consent ends", <Ago key="consent" at={account.consentEndsAt} none="no end is known" />],
  ];
}

/** What the provider allows the mailbox, and how much of it is used. */
function QuotaUse({ accountId }: { readonly accountId: string }) {
  const { millrace } = useAccess();
  const { data } = useQuery({
    queryKey: ["quota", accountId],
    queryFn: ({ signal }) => millrace.accounts.quota(accountId, { signal }),
    refetchInterval: 5_000,
  });
  const budget = data?.account;
  if (budget === null || budget === undefined) return null;
  const used = `${count(budget.usedLastMinute)} of ${count(budget.unitsPerMinute)} units in the last minute`;
  return (
    <div className="stack" style={{ gap: 6 }}>
      <div className="row small">
        <span className="soft">Quota</span>
        <span className="push faint number">{used}</span>
      </div>
      <Bar label="Quota" share={budget.usedLastMinute / Math.max(1, budget.unitsPerMinute)} text={used} />
      {budget.coolDownUntil !== null && (
        <p className="warn small">
          The provider has refused a call; the mailbox is left alone until <Ago at={budget.coolDownUntil} />.
        </p>
      )}
    </div>
  );
}
