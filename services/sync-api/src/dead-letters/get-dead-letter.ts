import type { Pool } from "@millrace/shared/postgres/create-pool";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, notFound, problemResponses } from "../http/problem.ts";
import { letterIdSchema, letterSchema } from "../resources/dead-letter.ts";
import { isLetterKept, type LetterRow, letterColumns, letterOf } from "./letter-rows.ts";

export const letterParamsSchema = z.object({ id: letterIdSchema });

const sql = `select ${letterColumns} from dead_letters d where d.tenant_id = $1 and d.id = $2 and ${isLetterKept}`;

/** @throws {ApiProblem} not_found, also for another tenant's */
export async function findLetter(pool: Pool, tenantId: string, id: string): Promise<LetterRow> {
  const { rows } = await pool.of(tenantId).query<LetterRow>(sql, [tenantId, id]);
  const [row] = rows;
  if (row === undefined) throw notFound("dead letter", "/v1/dead-letters");
  return row;
}

type SettledState = "resolved" | "discarded";

const whySettled: Readonly<Record<SettledState, string>> = {
  resolved: "It is resolved: its message is stored, or gone from the mailbox. There is nothing left to do.",
  discarded: "It was discarded. To have its message after all, verify the account with repair.",
};

export const settledLetter = (state: SettledState): ApiProblem =>
  new ApiProblem("letter_settled", whySettled[state]);

export function getDeadLetter(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/dead-letters/:id",
    {
      schema: {
        summary: "One dead letter, with its reason",
        tags: ["dead letters"],
        params: letterParamsSchema,
        response: { 200: letterSchema, ...problemResponses },
      },
    },
    async ({ tenantId, params: { id } }) => letterOf(await findLetter(pool, tenantId, id)),
  );
}
