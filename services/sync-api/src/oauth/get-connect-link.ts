import { rowIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { connectLinkSchema } from "../resources/connect-link.ts";
import { findLink } from "./link-rows.ts";

/** What came of a link: the tenant's server asks here, because what the browser says about it anybody could say. */
export function getConnectLink(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/connect-links/:id",
    {
      schema: {
        summary: "What came of a link",
        description: "Kept until a day after the link has expired.",
        tags: ["accounts"],
        params: z.object({ id: rowIdSchema }),
        response: { 200: connectLinkSchema, ...problemResponses },
      },
    },
    async ({ tenantId, params: { id } }) => {
      const link = await findLink(pool, { tenantId, id });
      if (link !== null) return link;
      throw new ApiProblem(
        "not_found",
        "This key's tenant has no such link, or it expired more than a day ago.",
      );
    },
  );
}
