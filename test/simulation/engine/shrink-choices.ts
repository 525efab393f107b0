/**
 * Makes a list of choices simpler as long as it still fails: leaves out runs of choices, makes numbers smaller. What
 * is left is what matters.
 *
 * @param fails runs the list; gives the choices that were made when it fails in the same way, else null
 * @param runsMax how often it may be run
 */
export async function shrinkChoices(
  made: readonly number[],
  fails: (list: readonly number[]) => Promise<readonly number[] | null>,
  runsMax: number,
): Promise<readonly number[]> {
  let best = made;
  let runs = 0;
  const attempt = async (list: readonly number[]): Promise<boolean> => {
    if (runs >= runsMax) return false;
    runs++;
    const failing = await fails(list);
    if (failing === null || !isSimpler(failing, best)) return false;
    best = failing;
    return true;
  };
  for (let before = 0; runs < runsMax; ) {
    await leaveOut(() => best, attempt);
    await makeZero(() => best, attempt);
    await makeSmaller(() => best, attempt);
    const weight = weightOf(best);
    if (weight === before) break;
    before = weight;
  }
  return best;
}

type Attempt = (list: readonly number[]) => Promise<boolean>;

const weightOf = (list: readonly number[]): number =>
  list.length * 1e6 + list.reduce((sum, value) => sum + value, 0);

function isSimpler(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return a.length < b.length;
  const at = a.findIndex((value, i) => value !== b[i]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

async function leaveOut(best: () => readonly number[], attempt: Attempt): Promise<void> {
  for (let size = 256; size >= 1; size = Math.floor(size / 2)) {
    for (let start = best().length - size; start >= 0; ) {
      const list = best();
      const isLeftOut = await attempt([...list.slice(0, start), ...list.slice(start + size)]);
      start = isLeftOut ? Math.min(start, best().length - size) : start - size;
    }
  }
}

async function makeZero(best: () => readonly number[], attempt: Attempt): Promise<void> {
  for (let size = 64; size >= 1; size = Math.floor(size / 4)) {
    for (let start = 0; start < best().length; start += size) {
      const list = best();
      const part = list.slice(start, start + size);
      if (part.every((value) => value === 0)) continue;
      await attempt([...list.slice(0, start), ...part.map(() => 0), ...list.slice(start + size)]);
    }
  }
}

async function makeSmaller(best: () => readonly number[], attempt: Attempt): Promise<void> {
  for (let index = 0; index < best().length; index++) {
    for (let value = best()[index] ?? 0; value > 0; ) {
      const list = best();
      const smaller = Math.floor(value / 2);
      if (!(await attempt([...list.slice(0, index), smaller, ...list.slice(index + 1)]))) break;
      value = best()[index] ?? 0;
    }
  }
}
