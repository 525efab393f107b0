import "./accounts.css";
import type { Account } from "@millrace/client";
import { Plus, Search, Users } from "lucide-react";
import { useEffect, useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { useAccounts } from "../../api/accounts.ts";
import { plural } from "../../format/numbers.ts";
import { consentOutcomeOf } from "../../session/consent-outcome.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { MissingNotice } from "../../ui/missing.tsx";
import { Empty, Page, Panel, Problem, Skeleton } from "../../ui/panels.tsx";
import { toast } from "../../ui/toast.tsx";
import { AccountPanel } from "./account-panel.tsx";
import { AccountTable } from "./account-table.tsx";
import { ConnectMailbox } from "./connect-mailbox.tsx";

/** The tenant's mailboxes: which are up to date, which have to be connected again, and when each is looked at next. */
export function Accounts() {
  const { can } = useAccess();
  const accounts = useAccounts();
  const [params, setParams] = useSearchParams();
  const [words, setWords] = useState("");
  /** `new`: one that is not there yet; null: nobody connects any. */
  const [connecting, setConnecting] = useState<Account | "new" | null>(null);
  useReturnFromConsent();
  const wanted = params.get("account");
  const chosen = accounts.data?.find(({ id }) => id === wanted);
  const shown = accounts.data
    ?.filter(({ email, id }) => `${email} ${id}`.toLowerCase().includes(words.trim().toLowerCase()))
    .sort((a, b) => urgency(a) - urgency(b));
  const lost = accounts.data?.filter(({ status }) => status === "reauth_required").length ?? 0;
  const connect = can("write") ? (
    <Button look="main" icon={<Plus size={16} aria-hidden />} onClick={() => setConnecting("new")}>
      Connect a mailbox
    </Button>
  ) : undefined;
  return (
    <Page
      title="Accounts"
      about={
        accounts.data === undefined
          ? "Connected mailboxes"
          : `${plural(accounts.data.length, "mailbox", "mailboxes")}${lost > 0 ? `, ${lost} to be connected again` : ""}`
      }
      actions={connect}
    >
      {wanted !== null && accounts.data !== undefined && chosen === undefined && (
        <MissingNotice>
          There is no mailbox <code>{wanted}</code>. It may have been removed, or the address was cut when it
          was copied.
        </MissingNotice>
      )}
      <Panel isBare>
        {accounts.data !== undefined && accounts.data.length > 0 && (
          <div className="panel-head">
            <label className="search-box">
              <Search size={15} aria-hidden />
              <span className="only-read">Find a mailbox</span>
              <input
                type="search"
                className="search"
                placeholder="Find a mailbox by its address or id"
                value={words}
                onChange={({ target }) => setWords(target.value)}
              />
            </label>
          </div>
        )}
        {accounts.error !== null && accounts.data === undefined && (
          <div className="panel-body even">
            <Problem error={accounts.error} onRetry={() => void accounts.refetch()} />
          </div>
        )}
        {accounts.data === undefined && accounts.error === null && <Skeleton lines={5} />}
        {accounts.data?.length === 0 && (
          <Empty icon={Users} title="No mailbox is connected" action={connect}>
            Connect one in this browser, or send its owner a link: <code>POST /v1/connect-links</code>.
          </Empty>
        )}
        {shown !== undefined && shown.length > 0 && (
          <AccountTable accounts={shown} onReconnect={setConnecting} />
        )}
        {shown?.length === 0 && words !== "" && (
          <Empty icon={Search} title="No mailbox is called so">
            Look for a part of its address, or for its id.
          </Empty>
        )}
      </Panel>
      {chosen !== undefined && (
        <AccountPanel account={chosen} onClose={() => setParams({}, { replace: true })} />
      )}
      {connecting !== null && (
        <ConnectMailbox
          account={connecting === "new" ? null : connecting}
          onClose={() => setConnecting(null)}
        />
      )}
    </Page>
  );
}

/** What somebody has to do something about comes first. */
const urgency = ({ status }: Account): number =>
  status === "reauth_required" ? 0 : status === "connected" ? 1 : 2;

/** Says what came of a consent that led away from here, and takes its traces out of the address. */
function useReturnFromConsent(): void {
  const [, go] = useLocation();
  useEffect(() => {
    const outcome = consentOutcomeOf(location.search);
    if (outcome === null) return;
    const isConnected = outcome.status === "connected";
    toast(isConnected ? "The mailbox is connected" : `The mailbox was not connected. ${outcome.words}`);
    const account = isConnected ? outcome.accountId : null;
    go(account === null ? "/accounts" : `/accounts?account=${account}`, { replace: true });
  }, [go]);
}
