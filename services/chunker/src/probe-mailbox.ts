import { regainConsent, waitingForConsent } from "@millrace/shared/events/evolve-course";
import { type AccountRef, parseAccountRef } from "@millrace/shared/events/subjects";
import { listingItemSchema } from "@millrace/shared/events/work-item";
import { done, ignore, type Outcome, reject } from "@millrace/shared/runtime/outcome";
import type { Moment, Step } from "@millrace/shared/runtime/step";
import type { CourseAt } from "@millrace/shared/state/sync-state";
import type { ChunkerPorts } from "./chunker-ports.ts";

interface ProbeReport {
  /** Null when the mailbox can be read again; or when its account is gone, so that its syncs go on to their end. */
  readonly refusal: string | null;
}

/**
 * Step "probe". Consumes `probe` items of `WORK`: looks whether a mailbox that refused us can be read again, because
 * its owner may have mended that at the provider; emits `account.reconnected` when it can.
 */
export function createProbeMailbox(
  ports: Pick<ChunkerPorts, "state" | "accounts" | "provider">,
): Step<AccountRef, ProbeReport, CourseAt> {
  return {
    name: "probe-mailbox",
    parse: ({ subject, body }) => {
      const ref = parseAccountRef(subject);
      const item = listingItemSchema.safeParse(JSON.parse(new TextDecoder().decode(body)));
      return ref !== null && item.success
        ? { ok: true, input: ref }
        : { ok: false, outcome: reject(`not a probe: ${subject}`) };
    },
    perform: async (ref, { signal }) => {
      const account = await ports.accounts.load(ref);
      if (account === null) return { refusal: null };
      const profile = await ports.provider.connect(account).getProfile(signal);
      return { refusal: profile.ok ? null : profile.fault.message };
    },
    gather: (ref) => ports.state.course(ref),
    decide: decideProbe,
  };
}

export function decideProbe(
  ref: AccountRef,
  { refusal }: ProbeReport,
  { course, seq }: CourseAt,
  { nowMs }: Pick<Moment, "nowMs">,
): Outcome {
  if (refusal !== null) return ignore(`still refused: ${refusal}`);
  if (course.consentLost === null) return ignore("nothing waits for it");
  return done({
    kind: "append",
    ref,
    eventId: `${ref.accountId}.reconnected.${seq}`,
    expectedSeq: seq,
    fact: {
      type: "account.reconnected",
      resumed: waitingForConsent(course),
      course: regainConsent(course, new Date(nowMs).toISOString()),
    },
  });
}
