export const serviceNames = ["sync-api", "chunker", "fetcher", "janitor"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** How many copies of each service run. */
const copiesOf: Readonly<Record<ServiceName, number>> = { "sync-api": 2, chunker: 2, fetcher: 3, janitor: 2 };

export interface CopyPlan {
  /** `<service>-<n>`, from 1. */
  readonly name: string;
  readonly service: ServiceName;
}

export const plannedCopies: readonly CopyPlan[] = serviceNames.flatMap((service) =>
  Array.from({ length: copiesOf[service] }, (_, at) => ({ name: `${service}-${at + 1}`, service })),
);
