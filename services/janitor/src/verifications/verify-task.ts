import type { z } from "zod";
import type { janitorConfigSchema } from "../config.ts";
import type { ReconcilerPorts } from "../reconcile/reconciler-ports.ts";
import type { PeriodicTask } from "../run-periodically.ts";
import { beginVerifications } from "./begin-verifications.ts";
import { endVerifications } from "./end-verifications.ts";
import { keepTurns } from "./keep-turns.ts";

type VerifyConfig = Pick<
  z.output<typeof janitorConfigSchema>,
  "RECONCILE_SECONDS" | "VERIFY_EVERY_DAYS" | "VERIFY_AT_ONCE"
>;

/** It looks at all accounts: a minute apart, as a rule. */
const runsPerKeeping = 4;
/** What is forgotten is days old. */
const runsPerEnding = 240;

/** The task that has every mailbox compared with the store once a period, and what differs taken in. */
export function verifyTask(config: VerifyConfig, ports: ReconcilerPorts): PeriodicTask {
  let runs = 0;
  return {
    name: "verify",
    everySeconds: config.RECONCILE_SECONDS,
    lock: 7_352_190_031,
    run: async () => {
      const run = runs++;
      if (run % runsPerKeeping === 0) await keepTurns(ports, config.VERIFY_EVERY_DAYS);
      await beginVerifications(ports, config.VERIFY_AT_ONCE);
      if (run % runsPerEnding === 0) await endVerifications(ports);
    },
  };
}
