/** The first items of a list, and no more pages than they stand on. */
export async function takeFirst<T>(list: AsyncIterable<T>, count: number): Promise<T[]> {
  const items: T[] = [];
  if (count < 1) return items;
  for await (const item of list) {
    items.push(item);
    if (items.length >= count) break;
  }
  return items;
}
