import type { TenantLine } from "@millrace/shared/postgres/create-tenant-line";
import type { Mutations } from "../mutations.ts";
import type { PlantedBug } from "./plant.ts";

const lining = (change: Partial<TenantLine>): Mutations => ({
  ports: { line: (line) => ({ ...line, ...change }) },
});

/** Mistakes in keeping to a tenant's cap of running syncs. */
export const plantedInLines: readonly PlantedBug[] = [
  {
    name: "a sync starts without a seat",
    mutations: lining({ take: async () => true }),
    seedsMax: 500,
  },
  {
    name: "nobody is given the seat that a sync leaves",
    mutations: lining({ leave: async () => [] }),
    seedsMax: 500,
  },
];
