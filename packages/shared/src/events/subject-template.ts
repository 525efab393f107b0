/** What stands behind the first words of a subject, and what each token of it is. */
const templates: readonly (readonly [start: string, tokens: number, template: string])[] = [
  ["sync.requests.", 4, "sync.requests.{tenant}.{account}"],
  ["work.live.", 5, "work.live.{tenant}.{account}.{sync}"],
  ["work.bulk.", 5, "work.bulk.{tenant}.{account}.{sync}"],
  ["work.list.", 5, "work.list.{tenant}.{account}.{sync}"],
  ["later.", 5, "later.{tenant}.{account}.{sync}.{work}"],
  ["hook.due.", 4, "hook.due.{tenant}.{endpoint}"],
  ["hook.later.", 5, "hook.later.{tenant}.{endpoint}.{second}"],
];
const kindsOfFacts: ReadonlyMap<string, readonly [tokens: number, rest: string]> = new Map([
  ["sync", [4, "sync"]],
  ["note", [4, "note"]],
  ["chunk", [5, "chunk.{sync}"]],
  ["attempt", [5, "attempt.{sync}"]],
  ["page", [6, "page.{sync}.{page}"]],
]);

/** What a subject is one of: the same for all accounts and syncs, so it may name a span. "other" for a stranger's. */
export function subjectTemplate(subject: string): string {
  const tokens = subject.split(".");
  const [first, , , kind = ""] = tokens;
  if (first === "evt") {
    const [count, rest] = kindsOfFacts.get(kind) ?? [0, ""];
    return tokens.length === count ? `evt.{tenant}.{account}.${rest}` : "other";
  }
  const found = templates.find(([start, count]) => subject.startsWith(start) && tokens.length === count);
  return found?.[2] ?? "other";
}
