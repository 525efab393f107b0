/** Works on all of them, on so many at once. @throws what the work throws, when what was begun has ended */
export async function forEachTogether<T>(
  items: readonly T[],
  together: number,
  work: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const workOn = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      try {
        await work(items[index] as T, index);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: together }, workOn));
  for (const one of ended) if (one.status === "rejected") throw one.reason;
}
