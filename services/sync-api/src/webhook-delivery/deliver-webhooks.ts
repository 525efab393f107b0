import { randomUUID } from "node:crypto";
import { type EndpointRef, parseEndpointRef } from "@millrace/shared/events/subjects";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { Keyring } from "@millrace/shared/postgres/keyring";
import { done, ignore, reject } from "@millrace/shared/runtime/outcome";
import type { Step, StepContext } from "@millrace/shared/runtime/step";
import { webhookAttempts, webhooksDisabled } from "@millrace/shared/telemetry/metrics/api-metrics";
import { decideDelivery } from "./decide-delivery.ts";
import { decideHealth, type EndpointHealth, type HealthVerdict } from "./decide-health.ts";
import {
  type Attempted,
  type ClaimedEndpoint,
  claimEndpoint,
  nextTurnMs,
  readDue,
  recordRound,
  releaseEndpoint,
  skipOfDisabled,
} from "./deliveries.ts";
import type { SendWebhook } from "./send-webhook.ts";
import type { WebhookPolicy } from "./webhook-policy.ts";
import { openWebhookSecret } from "./webhook-secret.ts";

export interface DeliverPorts {
  readonly pool: Pool;
  readonly keyring: Keyring;
  readonly send: SendWebhook;
  readonly policy: WebhookPolicy;
  /** Aborted when the service stops and has waited long enough for answers. */
  readonly stopping: AbortSignal;
}

/** Messages on their way to one endpoint at once. */
const inFlightMax = 8;
/** Then others get their turn, and this one comes again. */
const roundsMax = 50;
const turnMsMax = 5_000;
/** How much longer than its attempts a round may take until somebody else may send to the endpoint. */
const claimReserveSeconds = 10;

interface Turn {
  readonly ref: EndpointRef;
  /** Of the message that gave the turn. */
  readonly seq: number;
}

/**
 * Consumes turns of endpoints; sends what the endpoint is due, a few messages at a time, and emits its next turn, for when
 * that is. However many turns it has, one process sends to it at a time, so one that hangs holds one slot for seconds, and
 * is left alone when it goes on. A redelivery finds what is still due; a message whose attempt was not recorded is sent
 * again, under the same id.
 */
export function createDeliverWebhooks(ports: DeliverPorts): Step<Turn, void, number | null> {
  return {
    name: "deliver-webhooks",
    parse: ({ subject, seq }) => {
      const ref = parseEndpointRef(subject);
      return ref === null
        ? { ok: false, outcome: reject(`no turn: ${subject}`) }
        : { ok: true, input: { ref, seq } };
    },
    perform: ({ ref }, context) => takeTurn(ports, ref, context),
    gather: ({ ref }) => nextTurnMs(ports.pool, ref),
    decide: ({ ref, seq }, _report, dueInMs, { nowMs }) => {
      if (dueInMs === null) return ignore("nothing is due");
      const dueAtMs = dueInMs <= 0 ? null : Math.ceil(nowMs + dueInMs);
      // Each time another one: a turn too many does no harm, and one that is taken for an earlier one would be missed.
      return done({ kind: "turn", ref, dedupeId: `${ref.endpointId}.after.${seq}.${nowMs}`, dueAtMs });
    },
  };
}

async function takeTurn(ports: DeliverPorts, ref: EndpointRef, context: StepContext): Promise<void> {
  const turnId = randomUUID();
  const seconds = ports.policy.timeoutMs / 1_000 + claimReserveSeconds;
  const endpoint = await claimEndpoint(ports.pool, ref, turnId, seconds);
  if (endpoint === null) return skipOfDisabled(ports.pool, ref);
  try {
    await sendDue(ports, ref, endpoint, context, (attempted, health) =>
      recordRound(ports.pool, ref, turnId, attempted, health, seconds),
    );
  } finally {
    await releaseEndpoint(ports.pool, ref, turnId);
  }
}

/** @returns false when the claim was lost meanwhile */
type RecordRound = (attempted: readonly Attempted[], health: HealthVerdict) => Promise<boolean>;

const sound: EndpointHealth = { failures: 0, failingForMs: null, failedAgoMs: null };

/** Rounds, as long as messages are taken. */
async function sendDue(
  { pool, keyring, send, policy, stopping }: DeliverPorts,
  ref: EndpointRef,
  endpoint: ClaimedEndpoint,
  { signal: abandoned, random, progressed, log }: StepContext,
  record: RecordRound,
): Promise<void> {
  const { url, sealedSecret, sealedPreviousSecret } = endpoint;
  const secrets = [sealedSecret, ...(sealedPreviousSecret === null ? [] : [sealedPreviousSecret])].map(
    (sealed) => openWebhookSecret(keyring, ref, sealed),
  );
  const signal = AbortSignal.any([abandoned, stopping]);
  const endsAtMs = performance.now() + turnMsMax;
  let before: EndpointHealth = endpoint;
  for (let round = 0; round < roundsMax && performance.now() < endsAtMs; round++) {
    const due = await readDue(pool, ref, inFlightMax);
    if (due.length === 0) return;
    const attempted = await Promise.all(
      due.map(async ({ id, body, ...soFar }) => {
        const answer = await send({ id, body, url, secrets }, signal);
        return { id, answer, verdict: decideDelivery(answer, soFar, random(), policy) };
      }),
    );
    if (signal.aborted) return; // what our own end broke off is no attempt: the next turn has it again
    progressed();
    const answers = attempted.map(({ answer }) => answer);
    for (const { verdict } of attempted)
      webhookAttempts.add(1, { "millrace.outcome": verdict.state === "pending" ? "retried" : verdict.state });
    const health = decideHealth(before, answers, random(), policy);
    if (health.disable !== null) {
      webhooksDisabled.add(1, { "millrace.reason": health.disable });
      log.warn({ event: "webhooks.disabled", ...ref, reason: health.disable }, "an endpoint is disabled");
    }
    const isOurs = await record(attempted, health);
    if (!isOurs || health.failing !== "not" || health.disable !== null) return;
    before = sound;
  }
}
