import { broker } from "./broker.ts";
import type { Dashboard } from "./build-dashboard.ts";
import { care } from "./care.ts";
import { overview } from "./overview.ts";
import { provider } from "./provider.ts";
import { services } from "./services.ts";
import { syncs } from "./syncs.ts";

/** Each becomes a file of infra/grafana/dashboards. */
export const dashboards: readonly Dashboard[] = [overview, syncs, provider, broker, services, care];
