import { openRaceWorld, type StoreKind } from "../blobs/race-world.ts";
import { type Races, runRaces } from "../blobs/run-races.ts";
import { startBenchStack } from "../harness/bench-stack.ts";
import { rounded } from "../harness/statistics.ts";
import type { Figures, Suite, SuiteContext } from "./suite.ts";

const nowhere = "http://127.0.0.1:9";
const sayEveryMs = 10_000;

const full = { folder: 100_000, s3: 5_000 };
const short = { folder: 2_000, s3: 300 };

/**
 * Removes blobs while fifty writers attach the same ones: with the services' own code on a real Postgres, and a folder as
 * well as a server that speaks S3.
 */
export const blobs: Suite = {
  name: "blobs",
  about: "blobs that are removed while fifty writers attach them: is any reference left dangling?",
  async run({ short: isShort, say }: SuiteContext): Promise<Figures> {
    const figures: Record<string, Figures> = {};
    for (const kind of ["folder", "s3"] as const)
      figures[kind] = await measure(kind, (isShort ? short : full)[kind], say);
    return figures;
  },
  failures: (figures) =>
    (["folder", "s3"] as const).flatMap((kind) => {
      const { dangling, deleted, attached } = figures[kind] as unknown as Races;
      return [
        ...(dangling === 0 ? [] : [`${kind}: ${dangling} of ${attached} references led nowhere`]),
        ...(deleted > 0 ? [] : [`${kind}: no blob was removed, so nothing was shown`]),
      ];
    }),
};

/** In a database of its own, which knows one store. */
async function measure(kind: StoreKind, races: number, say: SuiteContext["say"]): Promise<Figures> {
  const stack = await startBenchStack(nowhere);
  try {
    return await measureIn(stack.databaseUrl, kind, races, say);
  } finally {
    await stack.stop();
  }
}

async function measureIn(
  databaseUrl: string,
  kind: StoreKind,
  races: number,
  say: SuiteContext["say"],
): Promise<Figures> {
  const world = await openRaceWorld(databaseUrl, kind);
  const beganMs = performance.now();
  let toldMs = beganMs;
  try {
    const done = await runRaces(world, races, (sum) => {
      if (performance.now() - toldMs < sayEveryMs) return;
      toldMs = performance.now();
      say(`${kind}: ${sum.races} of ${races} races, ${sum.deleted} removed, ${sum.dangling} dangling`);
    });
    return { ...done, seconds: rounded((performance.now() - beganMs) / 1_000) };
  } finally {
    await world.close();
  }
}
