import type { Message, MessageSummary } from "@millrace/client";
import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, SearchX } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { plural } from "../../format/numbers.ts";
import { mailTime, wholeTime } from "../../format/times.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Badge } from "../../ui/controls.tsx";
import { isMissing } from "../../ui/missing.tsx";
import { Empty, Problem, Skeleton } from "../../ui/panels.tsx";
import { Attachments } from "./attachments.tsx";
import { labelName, useLabels } from "./label-list.tsx";
import { MessageBody } from "./message-body.tsx";
import type { SearchMark } from "./use-mail-search.ts";

const threadMax = 100;

/** A message with those of its thread, oldest first; the one that was chosen is open. */
export function Reader({
  messageId,
  backTo,
  mark,
}: {
  readonly messageId: string;
  readonly backTo: string;
  /** Of the search that it was found by, which the way back goes on with. */
  readonly mark: SearchMark | null;
}) {
  const { millrace } = useAccess();
  const { data, error, refetch } = useMessage(messageId);
  const accountId = data?.accountId ?? "";
  const threadId = data?.threadId ?? "";
  const thread = useQuery({
    queryKey: ["thread", accountId, threadId],
    enabled: data !== undefined && threadId !== "",
    queryFn: async ({ signal }) => {
      const page = await millrace.accounts
        .messages(accountId, { threadId })
        .page({ limit: threadMax, signal });
      return [...page.items].reverse();
    },
  });
  if (data === undefined) {
    if (isMissing(error)) {
      return (
        <Empty
          icon={SearchX}
          title="No such message"
          action={
            <Link href={backTo} state={mark} className="button">
              Its mailbox
            </Link>
          }
        >
          It may have been removed since, or the address was cut when it was copied.
        </Empty>
      );
    }
    return error === null ? (
      <Skeleton lines={6} />
    ) : (
      <div className="panel-body even">
        <Problem error={error} onRetry={() => void refetch()} />
      </div>
    );
  }
  const messages: readonly MessageSummary[] = thread.data?.some(({ id }) => id === data.id)
    ? thread.data
    : [data];
  return (
    <>
      <header className="reader-head">
        <Link href={backTo} state={mark} className="reader-back row">
          <ArrowLeft size={15} aria-hidden /> Messages
        </Link>
        <h2>{data.subject || "(no subject)"}</h2>
        <p className="row wrap small">
          <Labels message={data} />
          {messages.length > 1 && <span className="faint">{plural(messages.length, "message")}</span>}
        </p>
      </header>
      {messages.map((message) => (
        <ThreadMessage key={message.id} summary={message} isOpenAtFirst={message.id === data.id} />
      ))}
    </>
  );
}

function useMessage(id: string) {
  const { millrace } = useAccess();
  return useQuery({
    queryKey: ["message", id],
    queryFn: ({ signal }) => millrace.messages.get(id, { includeDeleted: "true" }, { signal }),
    staleTime: 60_000,
  });
}

function Labels({ message: { labelIds, accountId, deletedAt, deletedWhy } }: { readonly message: Message }) {
  const { data } = useLabels(accountId);
  const known = new Map(data?.map((label) => [label.id, label]));
  return (
    <>
      {deletedAt !== null && <Badge tone="warn">{deletedWhy ?? "deleted"}</Badge>}
      {labelIds.map((id) => {
        const label = known.get(id);
        return (
          <Badge key={id} isPlain>
            {label === undefined ? id : labelName(label)}
          </Badge>
        );
      })}
    </>
  );
}

function ThreadMessage({
  summary,
  isOpenAtFirst,
}: {
  readonly summary: MessageSummary;
  readonly isOpenAtFirst: boolean;
}) {
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const [sender] = summary.from;
  return (
    <article className="thread-message">
      <button type="button" className="thread-head" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span className="avatar" aria-hidden>
          {(sender?.name || sender?.address || "?").charAt(0).toUpperCase()}
        </span>
        <span className="thread-who">
          <span className="row thread-sender">
            <b className="cut">{sender?.name || sender?.address || "No sender"}</b>
            {sender?.name && <span className="faint small cut">{sender.address}</span>}
          </span>
          <span className="faint small cut">
            {isOpen
              ? `to ${summary.to.map(({ name, address }) => name || address).join(", ") || "nobody"}`
              : summary.snippet}
          </span>
        </span>
        {summary.receivedAt !== null && (
          <time
            className="faint small number"
            dateTime={summary.receivedAt}
            title={wholeTime(summary.receivedAt)}
          >
            {mailTime(summary.receivedAt)}
          </time>
        )}
      </button>
      {isOpen && <OpenMessage id={summary.id} />}
    </article>
  );
}

function OpenMessage({ id }: { readonly id: string }) {
  const { data, error, refetch } = useMessage(id);
  if (data === undefined) {
    return error === null ? <Skeleton /> : <Problem error={error} onRetry={() => void refetch()} />;
  }
  return (
    <>
      <MessageBody message={data} />
      <Attachments message={data} />
    </>
  );
}
