import type {
  ProviderFault,
  ProviderResult,
  ProviderSession,
} from "@millrace/shared/providers/mail-provider";
import type { VerificationOutcome } from "@millrace/shared/verify/verification";
import type { FindingsReader, Verifier } from "../../../services/chunker/src/chunker-ports.ts";
import { rowsOfAccount } from "../database/mailbox-statements.ts";
import type { Tables, VerificationRow } from "../database/memory-database.ts";
import type { SimulatedProcess } from "../engine/simulated-process.ts";
import type { World } from "../world.ts";

/** More than any mailbox here has. */
const idsMax = 500;
const counts = { listed: 0, stored: 0, missing: 0, extra: 0, changed: 0, repairSyncId: null, driftsInRow: 0 };
const verified: VerificationOutcome = { kind: "verified", counts };

/** Thrown where the provider does not answer as hoped. */
class FaultError extends Error {
  readonly fault: ProviderFault;

  constructor(fault: ProviderFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/**
 * Compares a mailbox with the store, in short: what a listing shows, what is under each label, what has changed
 * meanwhile. Each answer is kept, so that whoever goes on after a fault or a death does not ask for it again.
 */
export function openMemoryVerifier(world: World, process: SimulatedProcess): Verifier {
  const { database, scheduler } = world;
  const read = (id: string): Promise<VerificationRow | null> =>
    database.read(process, "reads the comparison", ({ verifications }) => verifications.get(id) ?? null);
  /** Nothing when somebody else is further. */
  const move = (id: string, from: VerificationRow, change: Partial<VerificationRow>): Promise<void> =>
    database.write(process, `compares on (${from.step})`, ({ verifications }) => {
      if (verifications.get(id) === from) verifications.set(id, { ...from, ...change });
    });
  return {
    begin: async () => {},
    fail: () => Promise.reject(new Error("Nobody asks for verifications here")),
    run: async (session, { accountId }, id) => {
      let gotFurther = false;
      try {
        for (;;) {
          const row = await read(id);
          if (row?.step === "done") return verified;
          if (row === null) {
            const baseline = answered(await session.getProfile(process.signal)).watermark;
            await database.write(process, "begins to compare", ({ verifications }) => {
              const known = verifications.get(id);
              if (known === undefined) verifications.set(id, begun(baseline, scheduler.nowMs));
            });
          } else if (row.step === "compare") {
            await database.write(process, "compares", (tables) => compare(tables, accountId, id));
          } else await move(id, row, await nextOf(session, process, row));
          gotFurther = true;
        }
      } catch (error) {
        if (!(error instanceof FaultError)) throw error;
        return { kind: "fault", fault: error.fault, gotFurther };
      }
    },
  };
}

export const openMemoryFindings =
  (world: World, process: SimulatedProcess): FindingsReader =>
  async (_ref, id, pageToken) => {
    const { pageSize } = world.plan;
    const found = await world.database.read(
      process,
      "reads findings",
      ({ verifications }) => verifications.get(id)?.findings ?? [],
    );
    const start = Number(pageToken ?? 0);
    const end = start + pageSize;
    return { ids: found.slice(start, end), nextPageToken: end < found.length ? String(end) : null };
  };

const begun = (baseline: string, startedAtMs: number): VerificationRow => ({
  step: "list",
  startedAtMs,
  baseline,
  listed: [],
  labels: {},
  moved: [],
  changesToken: null,
  findings: [],
});

function answered<T>(result: ProviderResult<T>): T {
  if (!result.ok) throw new FaultError(result.fault);
  return result.value;
}

async function nextOf(
  session: ProviderSession,
  { signal }: SimulatedProcess,
  row: VerificationRow,
): Promise<Partial<VerificationRow>> {
  if (row.step === "list") {
    const listed: string[] = [];
    for (let pageToken: string | undefined; ; ) {
      const page = answered(await session.listPage({ idsMax, pageToken }, signal));
      listed.push(...page.ids);
      if (page.nextPageToken === null) return { listed, step: "label" };
      pageToken = page.nextPageToken;
    }
  }
  if (row.step === "label") {
    const labels = answered(await session.listLabels(signal)).map(({ id }) => id);
    const next = labels.find((label) => row.labels[label] === undefined);
    if (next === undefined) return { step: "changes" };
    const page = answered(await session.listPage({ idsMax, labelIds: [next], withHidden: true }, signal));
    return { labels: { ...row.labels, [next]: page.ids } };
  }
  const request = {
    since: row.baseline,
    ...(row.changesToken === null ? {} : { pageToken: row.changesToken }),
  };
  const answer = await session.listChanges(request, signal);
  // Too long ago: all of it once more.
  if (!answer.ok && answer.fault.category === "watermark_expired") {
    const profile = answered(await session.getProfile(signal));
    return { ...begun(profile.watermark, row.startedAtMs) };
  }
  const { changes, nextPageToken } = answered(answer);
  const moved = [...row.moved, ...changes.map(({ id }) => id)];
  return { moved, changesToken: nextPageToken, ...(nextPageToken === null ? { step: "compare" } : {}) };
}

/** Not judged is what was stored meanwhile; what else happened during the comparison is fetched anew. */
function compare(tables: Tables, accountId: string, id: string): void {
  const row = tables.verifications.get(id);
  if (row?.step !== "compare") return;
  const listed = new Set(row.listed);
  const moved = new Set(row.moved);
  const labelsOf = (messageId: string): string =>
    Object.entries(row.labels)
      .filter(([, ids]) => ids.includes(messageId))
      .map(([label]) => label)
      .sort()
      .join();
  const isShown = (messageId: string): boolean => tables.messages.get(messageId)?.deletedWhy === null;
  const missing = row.listed.filter((messageId) => !isShown(messageId) && !moved.has(messageId));
  const wrong = rowsOfAccount(tables, accountId)
    .filter(([messageId, stored]) => {
      if (stored.deletedWhy !== null || stored.storedAtMs >= row.startedAtMs) return false;
      if (moved.has(messageId)) return true;
      const labels = labelsOf(messageId);
      return !(listed.has(messageId) || labels !== "") || labels !== [...stored.labels].sort().join();
    })
    .map(([messageId]) => messageId);
  const findings = [...new Set([...missing, ...wrong])].sort();
  tables.verifications.set(id, { ...row, findings, step: "done" });
}
