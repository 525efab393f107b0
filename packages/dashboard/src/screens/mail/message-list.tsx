import type { MessageSummary } from "@millrace/client";
import { keepPreviousData } from "@tanstack/react-query";
import { Paperclip, Search } from "lucide-react";
import { useDeferredValue, useEffect, useRef } from "react";
import { mailTime } from "../../format/times.ts";
import { useListing } from "../../list/use-listing.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Empty, Problem, Skeleton } from "../../ui/panels.tsx";

export interface MessageListProps {
  readonly accountId: string;
  readonly label: string | null;
  readonly words: string;
  readonly onWords: (words: string) => void;
  readonly chosen: string | undefined;
  readonly onChoose: (id: string) => void;
}

/** A mailbox's messages, newest first, as far down as one scrolls. */
export function MessageList({ accountId, label, words, onWords, chosen, onChoose }: MessageListProps) {
  const { millrace } = useAccess();
  const asked = useDeferredValue(words.trim());
  const list = useListing({
    queryKey: ["messages", accountId, label, asked],
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
    read: () =>
      millrace.accounts.messages(accountId, {
        ...(label !== null && { label }),
        ...(asked !== "" && { q: asked }),
      }),
  });
  const messages = list.items;
  const end = useReachEnd(list.hasMore && !list.isLoadingMore, list.more);
  return (
    <section className="mail-list panel" aria-label="Messages">
      <div className="mail-search">
        <Search size={15} aria-hidden />
        <input
          type="search"
          className="search"
          aria-label="Search mail"
          placeholder='Search: words, "a phrase", -not'
          value={words}
          onChange={({ target }) => onWords(target.value)}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard. */}
      <div className="mail-scroll" tabIndex={0}>
        {list.error !== null && messages === undefined && (
          <Problem error={list.error} onRetry={list.readAgain} />
        )}
        {messages === undefined && list.error === null && <Skeleton lines={8} />}
        {messages?.length === 0 && (
          <Empty icon={Search} title={asked === "" ? "No mail here" : "Nothing found"}>
            {asked === "" ? "It appears as it is synced." : "Other words, or another label."}
          </Empty>
        )}
        <ul>
          {messages?.map((message) => (
            <MessageItem
              key={message.id}
              message={message}
              isChosen={message.id === chosen}
              onChoose={() => onChoose(message.id)}
            />
          ))}
        </ul>
        {list.hasMore && (
          <div ref={end} className="mail-more">
            <Button isSmall disabled={list.isLoadingMore} onClick={list.more}>
              {list.isLoadingMore ? "Loading …" : "Show older mail"}
            </Button>
          </div>
        )}
      </div>
    </section>
  );
}

function MessageItem({
  message: { subject, from, receivedAt, snippet, labelIds, hasAttachments },
  isChosen,
  onChoose,
}: {
  readonly message: MessageSummary;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}) {
  const [sender] = from;
  const isUnread = labelIds.includes("UNREAD");
  return (
    <li>
      <button
        type="button"
        className="mail-item"
        aria-current={isChosen ? "true" : undefined}
        data-unread={isUnread}
        onClick={onChoose}
      >
        <span className="mail-from cut">{sender?.name || sender?.address || "No sender"}</span>
        <time className="faint small number" dateTime={receivedAt ?? undefined}>
          {receivedAt === null ? "no date" : mailTime(receivedAt)}
        </time>
        <span className="mail-subject cut">
          {isUnread && <span className="only-read">Unread: </span>}
          {subject || "(no subject)"}
        </span>
        {hasAttachments && <Paperclip size={13} className="faint" aria-label="With attachments" />}
        <span className="mail-snippet cut small">{snippet}</span>
      </button>
    </li>
  );
}

/** Asks for more as soon as the end of the list can be seen. */
function useReachEnd(isWanted: boolean, more: () => void) {
  const end = useRef<HTMLDivElement>(null);
  const latest = useRef(more);
  latest.current = more;
  useEffect(() => {
    const element = end.current;
    if (element === null || !isWanted) return;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) latest.current();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [isWanted]);
  return end;
}
