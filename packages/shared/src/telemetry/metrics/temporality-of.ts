import { AggregationTemporality, InstrumentType } from "@opentelemetry/sdk-metrics";

/**
 * What nobody observes any more is not shown any more: read as sums are, a gauge would keep its last value for ever, and
 * a janitor that sees nothing would look like one that sees no change. All else only grows.
 */
export const temporalityOf = (type: InstrumentType): AggregationTemporality =>
  type === InstrumentType.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
