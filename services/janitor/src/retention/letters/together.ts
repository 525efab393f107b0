/** One at least. */
export type Some<T> = readonly [T, ...T[]];

/** What belongs together, of a list in which it stands together, up to so many. */
export function together<T>(
  items: readonly T[],
  belongs: (item: T, first: T) => boolean,
  max: number,
): Some<T>[] {
  const groups: [T, ...T[]][] = [];
  for (const item of items) {
    const group = groups.at(-1);
    if (group !== undefined && group.length < max && belongs(item, group[0])) group.push(item);
    else groups.push([item]);
  }
  return groups;
}
