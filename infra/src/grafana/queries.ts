/** Occurrences a second, by labels. */
export const rateOf = (series: string, by = ""): string =>
  `sum${byOf(by)} (rate(${series}[$__rate_interval]))`;

/** What a share of observations stays below. @param name of the histogram, without `_bucket` */
export const quantileOf = (share: number, name: string, labels = "", by = ""): string => {
  const grouped = by === "" ? "le" : `le, ${by}`;
  return `histogram_quantile(${share}, sum by (${grouped}) (rate(${name}_bucket${labels}[$__rate_interval])))`;
};

/** What the janitor sees is the same whichever copy of it saw it. */
export const seen = (series: string, by = ""): string => `max${byOf(by)} (${series})`;

const byOf = (by: string): string => (by === "" ? "" : ` by (${by})`);
