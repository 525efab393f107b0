import { setTimeout as sleep } from "node:timers/promises";
import { jainIndex } from "../harness/statistics.ts";
import type { SmallTenants } from "./small-tenants.ts";

const sampleMs = 500;
const samplesMax = 2_000;

/**
 * Equal tenants ask at once, each for the same amount of mail.
 *
 * @returns Jain's index over what is stored of each, again and again while a fifth to four fifths of all are
 */
export async function jainOverEquals(
  smalls: SmallTenants,
  { tenants, messages, chunkSize }: { tenants: number; messages: number; chunkSize: number },
): Promise<readonly number[]> {
  const asked = await smalls.ask(tenants, messages, 0, chunkSize);
  const jains: number[] = [];
  for (let samples = 0; samples < samplesMax; samples++) {
    const stored = await smalls.storedOfEach(asked);
    const share = stored.reduce((sum, count) => sum + count, 0) / (tenants * messages);
    if (share > 0.8) break;
    if (share >= 0.2) jains.push(jainIndex(stored));
    await sleep(sampleMs);
  }
  await smalls.secondsTaken(asked);
  return jains;
}
