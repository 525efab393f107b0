import type { Nats } from "@millrace/shared/nats/connect-nats";
import { publishRequest } from "@millrace/shared/nats/publish-request";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import { beginForSync } from "@millrace/shared/verify/begin-for-sync";
import { failVerification } from "@millrace/shared/verify/fail-verification";
import { runVerification } from "@millrace/shared/verify/run-verification";
import type { Verifier } from "./chunker-ports.ts";

/** Verifications, with their place and findings in Postgres. */
export function createVerifier(nats: Nats, pool: Pool): Verifier {
  return {
    begin: (ref, verificationId, syncId) => beginForSync(pool, ref, verificationId, syncId),
    run: (session, ref, verificationId, context) =>
      runVerification(
        {
          pool,
          session,
          publishRequest: (account, request) => publishRequest(nats, "chunker", account, request),
        },
        ref,
        verificationId,
        context,
      ),
    fail: (ref, verificationId, fault) => failVerification(pool, ref, verificationId, fault),
  };
}
