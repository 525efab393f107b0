import { discardLetters } from "@millrace/shared/steps/discard-letters";
import { letterProgress } from "@millrace/shared/steps/letter-progress";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { appendBounded } from "../control/append-bounded.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { findLetter, letterParamsSchema, settledLetter } from "./get-dead-letter.ts";

export function discardDeadLetter(app: Api, ports: ApiPorts): void {
  app.delete(
    "/v1/dead-letters/:id",
    {
      schema: {
        summary: "Discard a dead letter",
        description:
          "Nobody wants its message any more. It stays in the sync's ledger as dead-lettered, and the sync stays " +
          "partial. One that is resolved is 409: its message is here, or gone.",
        tags: ["dead letters"],
        params: letterParamsSchema,
        response: {
          204: z.undefined().describe("It is discarded, or was before"),
          ...problemResponses,
        },
      },
    },
    async ({ tenantId, params: { id } }, reply) => {
      const letter = await findLetter(ports.pool, tenantId, id);
      if (letter.state === "resolved") throw settledLetter(letter.state);
      await discard(ports, { tenantId, ...letter });
      reply.code(204).send();
    },
  );
}

interface DiscardedLetter {
  readonly tenantId: string;
  readonly accountId: string;
  readonly syncId: string;
  readonly chunkIndex: number;
  readonly ordinal: number;
}

async function discard(
  ports: ApiPorts,
  { tenantId, accountId, syncId, chunkIndex, ordinal }: DiscardedLetter,
): Promise<void> {
  const ref = { tenantId, accountId };
  await appendBounded(ports, async () => {
    const { progress, seq } = await letterProgress(ports.syncState, ref, syncId);
    if (ordinal >= progress.letterCount) throw unknownToLog;
    const letters = { syncId, chunkIndex, ordinals: [ordinal] };
    return { effect: discardLetters(ref, letters, { progress, seq }), answer: undefined };
  });
}

const unknownToLog = new ApiProblem(
  "log_restoring",
  "The log does not know this dead letter yet: it is being restored. Try again within a minute.",
  { headers: { "retry-after": "15" } },
);
