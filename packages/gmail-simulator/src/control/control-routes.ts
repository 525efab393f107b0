import type { FastifyInstance, FastifyRequest } from "fastify";
import { faultRuleSchema } from "../faults/fault-rule.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import { refreshTokenOf } from "../oauth/refresh-tokens.ts";
import { addPushRoutes } from "../push/push-routes.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { ControlError, parseBody } from "./control-request.ts";
import {
  deletedMessagesSchema,
  grantSchema,
  labelNameSchema,
  newMailboxSchema,
  newMessagesSchema,
  relabelSchema,
} from "./control-schemas.ts";
import { streamTruth } from "./stream-truth.ts";

/** Everything under /control: what a test does to a mailbox, and asks about it. No token, no quota. */
export function addControlRoutes(app: FastifyInstance, state: SimulatorState): void {
  app.register(
    async (control) => {
      control.setErrorHandler((error: Error & { statusCode?: number }, _, reply) =>
        reply.code(error.statusCode ?? 500).send({ error: { message: error.message } }),
      );
      addMailboxRoutes(control, state);
      addMessageRoutes(control, state);
      addLabelRoutes(control, state);
      addFaultRoutes(control, state);
      addPushRoutes(control, state);
    },
    { prefix: "/control" },
  );
}

function addMailboxRoutes(app: FastifyInstance, state: SimulatorState): void {
  app.post("/mailboxes", async (request, reply) => {
    const { email, generate, seed } = parseBody(newMailboxSchema, request);
    if (state.findMailbox(email) !== null) throw new ControlError(409, `there is a mailbox ${email} already`);
    const spec = generate > 0 ? { email, generate } : { email };
    return reply.code(201).send(describe(await state.addMailbox(spec, seed)));
  });
  app.get("/mailboxes", async () => ({ mailboxes: state.listMailboxes().map(describe) }));
  app.get("/mailboxes/:email", async (request) => describe(mailboxOf(state, request)));
  app.delete("/mailboxes/:email", async (request, reply) => {
    await state.removeMailbox(mailboxOf(state, request));
    return reply.code(204).send();
  });
  app.get("/mailboxes/:email/truth", async (request, reply) =>
    reply.type("application/x-ndjson").send(streamTruth(mailboxOf(state, request))),
  );
  app.post("/mailboxes/:email/grant", async (request) => {
    const mailbox = mailboxOf(state, request);
    mailbox.granted = parseBody(grantSchema, request).granted;
    if (!mailbox.granted) state.tokens.expireAll(mailbox.email);
    return describe(mailbox);
  });
  app.post("/mailboxes/:email/history/expire", async (request) => {
    const mailbox = mailboxOf(state, request);
    mailbox.history.expire();
    return describe(mailbox);
  });
  app.post("/mailboxes/:email/tokens/expire", async (request) => ({
    expired: state.tokens.expireAll(mailboxOf(state, request).email),
  }));
}

function addMessageRoutes(app: FastifyInstance, state: SimulatorState): void {
  app.post("/mailboxes/:email/messages", { bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    const mailbox = mailboxOf(state, request);
    const body = parseBody(newMessagesSchema, request);
    const nowMs = state.now();
    const messages =
      "generate" in body
        ? Array.from({ length: body.generate }, () => ({ labelIds: body.labelIds, dateMs: nowMs }))
        : body.messages.map(({ raw, labelIds, internalDateMs, threadId }) => ({
            bytes: Buffer.from(raw, "base64"),
            labelIds,
            dateMs: internalDateMs ?? nowMs,
            threadId,
          }));
    for (const message of messages) checkLabels(mailbox, message.labelIds);
    const ids = messages.map((message) => mailbox.idOf(mailbox.add(message)));
    return reply.code(201).send({ ids, historyId: String(mailbox.history.current) });
  });
  app.post("/mailboxes/:email/messages/delete", async (request) => {
    const mailbox = mailboxOf(state, request);
    const slots = parseBody(deletedMessagesSchema, request).ids.map((id) => slotOf(mailbox, id));
    for (const slot of new Set(slots)) mailbox.delete(slot);
    return { deleted: slots.length, historyId: String(mailbox.history.current) };
  });
  app.delete("/mailboxes/:email/messages/:id", async (request, reply) => {
    const mailbox = mailboxOf(state, request);
    mailbox.delete(slotOf(mailbox, parameter(request, "id")));
    return reply.code(204).send();
  });
  app.post("/mailboxes/:email/messages/:id/labels", async (request) => {
    const mailbox = mailboxOf(state, request);
    const slot = slotOf(mailbox, parameter(request, "id"));
    const { add, remove } = parseBody(relabelSchema, request);
    checkLabels(mailbox, add);
    mailbox.relabel(slot, add, remove);
    return { labelIds: mailbox.labelIdsOf(slot), historyId: String(mailbox.history.current) };
  });
}

function addLabelRoutes(app: FastifyInstance, state: SimulatorState): void {
  app.post("/mailboxes/:email/labels", async (request, reply) => {
    const { labels } = mailboxOf(state, request);
    const { name } = parseBody(labelNameSchema, request);
    if (labels.findIdByName(name) !== null) throw new ControlError(409, `there is a label ${name} already`);
    return reply.code(201).send(labels.create(name));
  });
  app.patch("/mailboxes/:email/labels/:id", async (request) => {
    const { labels } = mailboxOf(state, request);
    const id = parameter(request, "id");
    if (!labels.rename(id, parseBody(labelNameSchema, request).name)) throw noUserLabel(id);
    return labels.find(id);
  });
  app.delete("/mailboxes/:email/labels/:id", async (request, reply) => {
    const id = parameter(request, "id");
    if (!mailboxOf(state, request).labels.remove(id)) throw noUserLabel(id);
    return reply.code(204).send();
  });
}

function addFaultRoutes(app: FastifyInstance, state: SimulatorState): void {
  app.post("/faults", async (request, reply) => {
    const rule = parseBody(faultRuleSchema, request);
    return reply.code(201).send({ id: state.faults.add(rule) });
  });
  app.get("/faults", async () => ({ faults: state.faults.list() }));
  app.delete("/faults", async () => ({ removed: state.faults.remove() }));
  app.delete("/faults/:id", async (request) => {
    const removed = state.faults.remove(Number(parameter(request, "id")));
    if (removed === 0) throw new ControlError(404, `there is no fault rule ${parameter(request, "id")}`);
    return { removed };
  });
  app.get("/calls", async () => state.counters.report());
  app.delete("/calls", async (_, reply) => {
    state.counters.reset();
    return reply.code(204).send();
  });
}

/** Raw messages come as base64: 50 MB of mail and some room. */
const BODY_BYTES_MAX = 128 * 1024 * 1024;

function describe(mailbox: Mailbox) {
  return {
    email: mailbox.email,
    messagesTotal: mailbox.messagesTotal,
    historyId: String(mailbox.history.current),
    refreshToken: refreshTokenOf(mailbox.email),
    granted: mailbox.granted,
    watch: mailbox.watch,
  };
}

function parameter(request: FastifyRequest, name: string): string {
  return (request.params as Readonly<Record<string, string>>)[name] ?? "";
}

function mailboxOf(state: SimulatorState, request: FastifyRequest): Mailbox {
  const email = parameter(request, "email");
  const mailbox = state.findMailbox(email);
  if (mailbox === null) throw new ControlError(404, `there is no mailbox ${email}`);
  return mailbox;
}

function slotOf(mailbox: Mailbox, id: string): number {
  const slot = mailbox.slotOf(id);
  if (slot === null) throw new ControlError(404, `${mailbox.email} has no message ${id}`);
  return slot;
}

function checkLabels(mailbox: Mailbox, labelIds: readonly string[]): void {
  const unknown = labelIds.find((id) => mailbox.labels.find(id) === null);
  if (unknown !== undefined) throw new ControlError(400, `${mailbox.email} has no label ${unknown}`);
}

function noUserLabel(id: string): ControlError {
  return new ControlError(404, `there is no label ${id} of the user's own`);
}
