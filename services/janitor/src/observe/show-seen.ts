import type { Gauge, Observation } from "@millrace/shared/telemetry/metrics/gauge";

/** A gauge shows what was seen last; nothing while that is null. @returns ends it */
export function showSeen<Standing, Key extends string>(
  gauge: Gauge<Key>,
  seen: () => Standing | null,
  read: (standing: Standing) => Iterable<Observation<Key>>,
): () => void {
  return gauge.observe(() => {
    const standing = seen();
    return standing === null ? [] : read(standing);
  });
}
