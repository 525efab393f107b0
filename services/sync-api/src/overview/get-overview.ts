import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import { overviewSchema } from "../resources/overview.ts";
import { whoseOf } from "./owners.ts";
import { readOverview } from "./read-overview.ts";

export function getOverview(app: Api, ports: ApiPorts): void {
  app.get(
    "/v1/overview",
    {
      config: { operator: true },
      schema: {
        summary: "How things are now: syncs, queue, accounts, quota",
        description: "An operator's key asks of all tenants together.",
        tags: ["overview"],
        response: { 200: overviewSchema, ...problemResponses },
      },
    },
    async (request) => readOverview(ports, whoseOf(request)),
  );
}
