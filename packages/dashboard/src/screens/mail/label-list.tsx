import type { Label } from "@millrace/client";
import { useQuery } from "@tanstack/react-query";
import { compact } from "../../format/numbers.ts";
import { useAccess } from "../../session/millrace-context.tsx";

const order = ["INBOX", "STARRED", "IMPORTANT", "SENT", "DRAFT", "SPAM", "TRASH"];
/** What a provider's own labels are called where people see them. */
const names: Record<string, string> = {
  INBOX: "Inbox",
  STARRED: "Starred",
  IMPORTANT: "Important",
  SENT: "Sent",
  DRAFT: "Drafts",
  SPAM: "Spam",
  TRASH: "Trash",
  UNREAD: "Unread",
  CATEGORY_PERSONAL: "Personal",
  CATEGORY_SOCIAL: "Social",
  CATEGORY_PROMOTIONS: "Promotions",
  CATEGORY_UPDATES: "Updates",
  CATEGORY_FORUMS: "Forums",
};
export const labelName = ({ id, name, type }: Pick<Label, "id" | "name" | "type">): string =>
  type === "system" ? (names[id] ?? name) : name;

const rankOf = ({ id, type }: Label): number => {
  const place = order.indexOf(id);
  return place >= 0 ? place : type === "system" ? 50 : 100;
};

export function useLabels(accountId: string) {
  const { millrace } = useAccess();
  return useQuery({
    queryKey: ["labels", accountId],
    queryFn: ({ signal }) => millrace.accounts.labels(accountId, { signal }),
    refetchInterval: 15_000,
  });
}

/** @param chosen null: all mail */
export function LabelList({
  accountId,
  chosen,
  onChoose,
}: {
  readonly accountId: string;
  readonly chosen: string | null;
  readonly onChoose: (label: string | null) => void;
}) {
  const { data } = useLabels(accountId);
  const labels = (data ?? [])
    .filter(({ id, messagesTotal }) => messagesTotal > 0 || id === "INBOX")
    .sort((a, b) => rankOf(a) - rankOf(b) || a.name.localeCompare(b.name));
  return (
    <nav aria-label="Labels">
      <ul className="labels">
        <li>
          <button type="button" aria-pressed={chosen === null} onClick={() => onChoose(null)}>
            All mail
          </button>
        </li>
        {labels.map((label) => (
          <li key={label.id}>
            <button type="button" aria-pressed={chosen === label.id} onClick={() => onChoose(label.id)}>
              <span className="cut">{labelName(label)}</span>
              <span className="faint small number push" title={`${label.messagesUnread} unread`}>
                {compact(label.messagesTotal)}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
