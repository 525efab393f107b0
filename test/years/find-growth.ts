import type { Sizes } from "./measure-sizes.ts";

/** By which part the later months may exceed the earlier ones: they hold more by chance. */
const growthMax = 0.1;
/** Of what there is little of, one more is no growth. */
const rowsSlack = 40;
const bytesSlack = 1_500_000;

/**
 * What has grown, of months in which everything has had its time: the most of the later half against the most of the
 * earlier one.
 *
 * @param months sizes at the end of each month
 * @param settledFrom the first month, from 0, at whose end as much goes as comes
 */
export function findGrowth(months: readonly Sizes[], settledFrom: number): string[] {
  const settled = months.slice(settledFrom);
  const middle = Math.floor(settled.length / 2);
  if (middle === 0) return [`${months.length} months say nothing: it takes ${settledFrom + 2}`];
  const names = Object.keys(settled[0] ?? {});
  return names.flatMap((name) => {
    const most = (some: readonly Sizes[]) => Math.max(...some.map((sizes) => sizes[name] ?? 0));
    const [before, after] = [most(settled.slice(0, middle)), most(settled.slice(middle))];
    const slack = name.startsWith("bytes") ? bytesSlack : rowsSlack;
    return after > before * (1 + growthMax) + slack ? [`growth: ${name}: ${before} became ${after}`] : [];
  });
}
