import type { Api, ApiPorts } from "../api.ts";
import { openLetters, redriveAll } from "../dead-letters/redrive-letters.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { type ControlAnswer, controlAnswerSchema, type SyncStatus, syncLinks } from "../resources/sync.ts";
import { syncParamsSchema } from "../syncs/get-sync.ts";
import { publishSaved } from "../syncs/save-request.ts";
import { appendBounded } from "./append-bounded.ts";
import { askAnew } from "./ask-anew.ts";
import {
  type ControlAction,
  type ControlDecision,
  decideControl,
  type RefusalCode,
} from "./decide-control.ts";
import { findKnownSync, type KnownSync } from "./find-known-sync.ts";
import { untilShown } from "./until-shown.ts";

const descriptions: Readonly<Record<ControlAction, { summary: string; description: string }>> = {
  pause: {
    summary: "Pause a sync",
    description:
      "Nothing of it is worked on, within one chunk, until it is resumed; the account's other syncs go on. Connecting " +
      "the mailbox again does not resume it. Pausing twice is pausing once.",
  },
  resume: {
    summary: "Resume a sync",
    description:
      "Plans what is outstanding, and nothing else. When the provider had refused the mailbox, it is asked again, for " +
      "all of the account's syncs; if it still refuses, they pause again. Resuming one that runs changes nothing.",
  },
  cancel: {
    summary: "Cancel a sync",
    description: "It ends where it is; what is stored stays. Cancelling twice is cancelling once.",
  },
  retry: {
    summary: "Try a sync again",
    description:
      "What that means depends on its state. paused: it resumes; running: all that is outstanding is planned anew at " +
      "once, without the waits it is in; partial: its open dead letters are redriven; failed or cancelled: a new sync " +
      "of the same scope is asked for, whose id is answered, and which fetches only what is not stored yet; requested: " +
      "its request is published again. One that completed or was coalesced is refused.",
  },
};

/**
 * A person's control of syncs: facts that are appended to the log here, so that it works whatever state the other
 * services are in. Each decision expects the account's course not to have moved, and is made again when it has.
 */
export function controlSync(app: Api, ports: ApiPorts): void {
  for (const action of ["pause", "resume", "cancel", "retry"] as const) {
    app.post(
      `/v1/syncs/:id/${action}`,
      {
        schema: {
          ...descriptions[action],
          tags: ["syncs"],
          params: syncParamsSchema,
          response: { 202: controlAnswerSchema, ...problemResponses },
        },
      },
      async ({ id: requestId, tenantId, params: { id: syncId } }, reply) => {
        reply.code(202);
        return control(ports, { action, requestId, tenantId, syncId });
      },
    );
  }
}

interface Wish {
  readonly action: ControlAction;
  /** Names the cause of what is appended. */
  readonly requestId: string;
  readonly tenantId: string;
  readonly syncId: string;
}

async function control(ports: ApiPorts, wish: Wish): Promise<ControlAnswer> {
  const followUp = await appendBounded<() => Promise<ControlAnswer>>(ports, async () => {
    const known = await findKnownSync(ports, wish.tenantId, wish.syncId);
    const decision = decide(known, wish);
    if (decision.kind !== "append")
      return { effect: null, answer: () => carryOut(ports, wish, known, decision) };
    const { ref, seq } = known;
    const eventId = `${wish.syncId}.${wish.action}.${wish.requestId}`;
    return {
      effect: { kind: "append", ref, eventId, fact: decision.fact, expectedSeq: seq },
      answer: async () => answerOf(wish.syncId, decision.status),
    };
  });
  return followUp();
}

function decide({ course, row, request, endedAs }: KnownSync, { action, syncId }: Wish): ControlDecision {
  return decideControl(action, {
    syncId,
    course,
    viewed: row.status,
    request,
    endedAs,
    nowMs: Date.now(),
  });
}

async function carryOut(
  ports: ApiPorts,
  { syncId, tenantId, requestId }: Wish,
  known: KnownSync,
  decision: Exclude<ControlDecision, { kind: "append" }>,
): Promise<ControlAnswer> {
  switch (decision.kind) {
    case "nothing":
      return answerOf(syncId, decision.status);
    case "refuse":
      throw refusal(decision.code, decision.detail);
    case "publish":
      await publishSaved(ports, known.ref, decision.request, "Repeating it is safe.");
      return answerOf(syncId, "requested");
    case "redrive": {
      const { redriven, newestSeq } = await redriveAll(ports, requestId, openLetters(tenantId, { syncId }));
      const version = await untilShown(ports, newestSeq);
      return { ...answerOf(syncId, "partial"), redriven, version };
    }
    case "ask_anew":
      return answerOf(await askAnew(ports, known), "requested", syncId);
  }
}

function answerOf(syncId: string, status: SyncStatus, retryOf: string | null = null): ControlAnswer {
  return { syncId, status, retryOf, redriven: null, version: null, links: syncLinks(syncId) };
}

const secondsToRestore = "15";

function refusal(code: RefusalCode, detail: string): ApiProblem {
  const headers: Record<string, string> =
    code === "log_restoring"
      ? { "retry-after": secondsToRestore }
      : code === "view_behind"
        ? { "retry-after": "1" }
        : {};
  return new ApiProblem(code, detail, { headers });
}
