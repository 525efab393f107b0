import { removeAccount } from "@millrace/shared/events/evolve-course";
import type { FactOf } from "@millrace/shared/events/facts";
import { purgeAccountLog, purgeAccountWork } from "@millrace/shared/nats/purge-account";
import { removeAccounts } from "../../services/janitor/src/removal/remove-accounts.ts";
import type { AccountLife } from "./account-life.ts";
import type { Expectation, Kind } from "./expectation.ts";
import { expectNotes, janitorPorts } from "./run-retention.ts";
import type { YearsWorld } from "./years-world.ts";

const hourMs = 3_600_000;
const turns = 6;
const graceSeconds = 600;

/** An account whose removal is asked for, and everything that the janitor does about it. @returns what is wrong then */
export async function removeOneAccount(
  world: YearsWorld,
  expected: Expectation,
  { ref, course }: AccountLife,
  auditDays: number,
): Promise<string[]> {
  const asked = { requestedAt: new Date(world.nowMs()).toISOString(), requestId: "req-1" };
  const fact: FactOf<"account.removal_requested"> = {
    type: "account.removal_requested",
    requestId: "req-1",
    cancelled: [],
    course: removeAccount(course, asked),
  };
  const eventId = `${ref.accountId}.removal`;
  await world.append({ kind: "append", ref, eventId, expectedSeq: null, fact });
  await world.project();
  world.takeTold();
  const ports = {
    ...janitorPorts(world),
    provider: null,
    loadLeaving: async () => null,
    blobs: world.janitorBlobs,
    purgeWork: () => purgeAccountWork(world.nats, ref),
    purgeLog: () => purgeAccountLog(world.nats, ref),
    random: () => 0,
    blobGraceSeconds: graceSeconds,
    sweepSeconds: 3_600,
  };
  for (let turn = 0; turn < turns; turn++) {
    await world.moveTo(world.nowMs() + hourMs);
    await removeAccounts(ports, new AbortController().signal);
    await world.project();
  }
  const gone = expected.removeAccount(ref).get(ref.tenantId);
  const told = world.takeTold();
  expectNotes(expected, told, auditDays);
  const count = (...kinds: readonly Kind[]) =>
    kinds.reduce((sum, kind) => sum + (gone?.get(kind)?.length ?? 0), 0);
  // Contents that were the account's alone go with it; its trail has the request for the removal as well.
  const blobs = expected.dropOrphansOf(gone?.get("attachments") ?? [], world.nowMs() - graceSeconds * 1_000);
  const counts = {
    messages: count("messages"),
    attachments: count("attachments"),
    blobs: blobs.length,
    events: count("syncEvents", "notes") + 1,
  };
  const removed = told.find(({ fact: { type } }) => type === "account.removed")?.fact;
  if (removed?.type !== "account.removed") return [`${ref.accountId} was not removed`];
  return Object.entries(counts)
    .filter(([name, value]) => removed[name as keyof typeof counts] !== value)
    .map(
      ([name, value]) =>
        `trail: ${value} ${name} of ${ref.accountId} went, told are ${removed[name as keyof typeof counts]}`,
    );
}
