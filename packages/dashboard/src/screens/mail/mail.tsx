import "./mail.css";
import type { Account } from "@millrace/client";
import { Inbox } from "lucide-react";
import { Link, Redirect, useLocation, useParams } from "wouter";
import { useAccounts } from "../../api/accounts.ts";
import { Empty, Page, Panel, Problem, Skeleton } from "../../ui/panels.tsx";
import { mailboxChoices, SelectField } from "../../ui/select-field.tsx";
import { LabelList } from "./label-list.tsx";
import { MessageList } from "./message-list.tsx";
import { Reader } from "./reader.tsx";
import { useMailSearch } from "./use-mail-search.ts";

/** The mail as Millrace has stored it: by mailbox and label, searched, thread by thread. */
export function Mail() {
  const { account: accountId, message } = useParams<{ account?: string; message?: string }>();
  const accounts = useAccounts();
  if (accounts.data === undefined) {
    return (
      <Page title="Mail">
        {accounts.error === null ? (
          <Panel>
            <Skeleton lines={6} />
          </Panel>
        ) : (
          <Problem error={accounts.error} onRetry={() => void accounts.refetch()} />
        )}
      </Page>
    );
  }
  const [first] = accounts.data;
  if (first === undefined) {
    return (
      <Page title="Mail">
        <Panel isBare>
          <Empty icon={Inbox} title="No mailbox is connected">
            <Link href="/accounts">Connect one</Link>, and its mail appears here as it is synced.
          </Empty>
        </Panel>
      </Page>
    );
  }
  const account = accounts.data.find(({ id }) => id === accountId);
  if (account === undefined) return <Redirect to={`/mail/${first.id}`} replace />;
  return <Mailbox key={account.id} account={account} accounts={accounts.data} messageId={message} />;
}

function Mailbox({
  account,
  accounts,
  messageId,
}: {
  readonly account: Account;
  readonly accounts: readonly Account[];
  readonly messageId: string | undefined;
}) {
  const [, go] = useLocation();
  const [{ label, words }, change, shared] = useMailSearch();
  const choose = (id: string): void => go(`/mail/${account.id}/${id}`, { state: shared });
  return (
    <div className="mail" data-open={messageId !== undefined}>
      <h1 className="only-read">Mail of {account.email}</h1>
      <div className="mail-rail">
        <SelectField
          label="Mailbox"
          value={account.id}
          choices={mailboxChoices(accounts)}
          onChange={(id) => go(`/mail/${id}`)}
        />
        <LabelList accountId={account.id} chosen={label} onChoose={(chosen) => change({ label: chosen })} />
      </div>
      <MessageList
        accountId={account.id}
        label={label}
        words={words}
        onWords={(typed) => change({ words: typed })}
        chosen={messageId}
        onChoose={choose}
      />
      <section className="mail-reader panel" aria-label="Message">
        {messageId === undefined ? (
          <Empty icon={Inbox} title="No message is open">
            Choose one from the list.
          </Empty>
        ) : (
          <Reader key={messageId} messageId={messageId} backTo={`/mail/${account.id}`} mark={shared} />
        )}
      </section>
    </div>
  );
}
