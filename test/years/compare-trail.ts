import type { Gone, GoneKind } from "./expectation.ts";
import type { Told } from "./years-world.ts";

/** As what a removal counts them; attachments go with their messages and are not counted. */
const countedAs: Readonly<Partial<Record<GoneKind, string>>> = {
  syncs: "syncs",
  chunks: "chunks",
  letters: "letters",
  letterContents: "letterContents",
  removedAccounts: "removedAccounts",
  blobs: "blobs",
  syncEvents: "events",
  messages: "messages",
  tombstones: "tombstones",
  requests: "requests",
  notes: "notes",
  auditEntries: "auditEntries",
  webhooks: "webhooks",
  connectLinks: "connectLinks",
};
/** What is no one's to miss, and of which the model knows the age alone. */
const uncounted: ReadonlySet<string> = new Set(["activity", "retentionRuns", "unfinished"]);

/** Of which facts say which they were. */
const namedKinds: ReadonlySet<GoneKind> = new Set(["syncs", "messages", "blobs"]);

type Counts = Map<string, number>;

/** Whether the facts of a run say of every tenant what has gone: by name of syncs and messages, by count of everything. */
export function compareTrail(gone: Gone, told: readonly Told[]): string[] {
  const [expected, found]: [Counts, Counts] = [new Map(), new Map()];
  const add = (counts: Counts, key: string, count: number) => counts.set(key, (counts.get(key) ?? 0) + count);
  const [goneNames, toldNames] = [new Set<string>(), new Set<string>()];
  for (const [tenantId, kinds] of gone)
    for (const [kind, keys] of kinds) {
      const name = countedAs[kind];
      if (name !== undefined) add(expected, `${tenantId} ${name}`, keys.length);
      if (namedKinds.has(kind)) for (const key of keys) goneNames.add(`${kind} ${key}`);
    }
  for (const { ref, fact } of told) {
    if (fact.type === "retention.ran")
      for (const [name, count] of Object.entries(fact.removed))
        if (!uncounted.has(name)) add(found, `${ref.tenantId} ${name}`, count);
    if (fact.type === "syncs.forgotten") for (const id of fact.syncIds) toldNames.add(`syncs ${id}`);
    if (fact.type === "blobs.removed") for (const sha256 of fact.sha256) toldNames.add(`blobs ${sha256}`);
    if (fact.type === "messages.removed")
      for (const id of fact.messageIds) toldNames.add(`messages ${ref.accountId}/${id}`);
  }
  const wrong: string[] = [];
  for (const key of new Set([...expected.keys(), ...found.keys()]))
    if ((expected.get(key) ?? 0) !== (found.get(key) ?? 0))
      wrong.push(`trail: ${key}: ${expected.get(key) ?? 0} went, ${found.get(key) ?? 0} are told`);
  const unnamed = [...goneNames].filter((name) => !toldNames.has(name));
  const wrongly = [...toldNames].filter((name) => !goneNames.has(name));
  if (unnamed.length > 0)
    wrong.push(`trail: ${unnamed.length} are named by no fact, for example ${unnamed[0]}`);
  if (wrongly.length > 0)
    wrong.push(`trail: ${wrongly.length} are named and had not gone, for example ${wrongly[0]}`);
  return wrong;
}
