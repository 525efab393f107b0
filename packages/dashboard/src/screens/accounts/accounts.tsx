import "./accounts.css";
import type { Account } from "@millrace/client";
import { Plus, Search, Users } from "lucide-react";
import { useEffect, useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { useAccounts } from "../../api/accounts.ts";
import { plural } from "../../format/numbers.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
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
  const [isConnecting, setConnecting] = useState(false);
  useReturnFromConsent();
  const chosen = accounts.data?.find(({ id }) => id === params.get("account"));
  const choose = (id: string | null): void =>
    setParams(id === null ? {} : { account: id }, { replace: true });
  const shown = accounts.data
    ?.filter(({ email, id }) => `${email} ${id}`.toLowerCase().includes(words.trim().toLowerCase()))
    .sort((a, b) => urgency(a) - urgency(b));
  const lost = accounts.data?.filter(({ status }) => status === "reauth_required").length ?? 0;
  const connect = can("write") ? (
    <Button look="main" icon={<Plus size={16} aria-hidden />} onClick={() => setConnecting(true)}>
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
        {shown !== undefined && shown.length > 0 && <AccountTable accounts={shown} onChoose={choose} />}
        {shown?.length === 0 && words !== "" && (
          <Empty icon={Search} title="No mailbox is called so">
            Look for a part of its address, or for its id.
          </Empty>
        )}
      </Panel>
      {chosen !== undefined && <AccountPanel account={chosen} onClose={() => choose(null)} />}
      {isConnecting && <ConnectMailbox account={null} onClose={() => setConnecting(false)} />}
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
    const query = new URLSearchParams(location.search);
    const status = query.get("status");
    if (status === null) return;
    const account = query.get("accountId");
    if (status === "connected") toast("The mailbox is connected");
    else toast(`The mailbox was not connected (${query.get("error") ?? "failed"})`);
    go(status === "connected" && account !== null ? `/accounts?account=${account}` : "/accounts", {
      replace: true,
    });
  }, [go]);
}
