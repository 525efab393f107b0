/** Works on all of them, on so many at once. @throws what the work throws, when what had begun has ended */
export async function forEachTogether<T>(
  items: readonly T[],
  together: number,
  work: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  const left = items.entries();
  const workOn = async (): Promise<void> => {
    for (const [index, item] of left) await work(item, index);
  };
  const ended = await Promise.allSettled(Array.from({ length: together }, workOn));
  for (const one of ended) if (one.status === "rejected") throw one.reason;
}
