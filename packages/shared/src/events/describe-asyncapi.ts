import { z } from "zod";
import { factSchema } from "./facts.ts";
import { syncRequestedType, syncRequestSchema } from "./sync-request.ts";

type Json = Readonly<Record<string, unknown>>;

/** Names in the document hold no dots. */
const nameOf = (type: string): string => type.replaceAll(".", "_");

const cloudEventHeaders: Json = {
  type: "object",
  properties: {
    "ce-specversion": { type: "string", const: "1.0" },
    "ce-id": {
      type: "string",
      description: "With ce-source it names the event: the same twice is one event",
    },
    "ce-source": { type: "string" },
    "ce-type": { type: "string" },
    "ce-subject": { type: "string", description: "<tenant>/<account>" },
    "ce-time": { type: "string", format: "date-time" },
    "ce-dataschema": {
      type: "string",
      description:
        "Of facts: urn:millrace:fact:<type>:<version>; absent: version 1. A higher version than this document's is for whoever has a newer one",
    },
    traceparent: { type: "string", description: "W3C Trace Context" },
  },
};

const where: Json = {
  tenant: { description: "The tenant's id" },
  account: { description: "The account's id" },
};

const channels: Json = {
  requests: {
    address: "sync.requests.{tenant}.{account}",
    description:
      "Where other services ask for syncs. The stream REQUESTS keeps a request until it is decided on.",
    parameters: where,
    messages: { SyncRequested: { $ref: "#/components/messages/SyncRequested" } },
  },
  syncs: channel("evt.{tenant}.{account}.sync", "The course of an account's syncs", [
    "sync.started",
    "sync.coalesced",
    "sync.queued",
    "sync.paused",
    "sync.resumed",
    "sync.rebased",
    "sync.cancelled",
    "sync.completed",
    "sync.failed",
    "account.reconnected",
    "account.restored",
    "account.removal_requested",
    "account.removed",
  ]),
  mail: channel(
    "evt.{tenant}.{account}.chunk.{sync}",
    "What was done to the stored mail: `mail` names the messages that were added, changed and deleted",
    ["chunk.fetched", "chunk.dead_lettered", "dead_letters.settled"],
  ),
  leftMail: channel(
    "evt.{tenant}.{account}.attempt.{sync}",
    "What a sync that was cancelled, or failed, has done to the stored mail without settling it (there are other facts " +
      "here, about attempts)",
    ["chunk.abandoned"],
  ),
  notes: channel(
    "evt.{tenant}.{account}.note",
    "Labels that were deleted in the mailbox: they have left all messages that bore them. Messages that were removed for " +
      "good, some time after they had been told of as deleted (there are other facts here, about the system's own care)",
    ["labels.removed", "messages.removed"],
  ),
};

function channel(address: string, description: string, types: readonly string[]): Json {
  const parameters = address.includes("{sync}")
    ? { ...where, sync: { description: "The sync's id" } }
    : where;
  const messages = types.map((type) => [nameOf(type), { $ref: `#/components/messages/${nameOf(type)}` }]);
  return { address, description, parameters, messages: Object.fromEntries(messages) };
}

/** What others may publish and follow, as an AsyncAPI 3.0 document (https://www.asyncapi.com/docs/reference/specification/v3.0.0). */
export function describeAsyncApi(): Json {
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Millrace events",
      version: "0.1.0",
      description:
        "CloudEvents 1.0 in binary mode: attributes in NATS headers, the data as JSON. Facts are never changed; new " +
        "fields are optional. A fact may be delivered more than once.",
    },
    defaultContentType: "application/json",
    channels,
    operations: {
      askForSync: operation("receive", "requests", "Millrace takes requests from here"),
      tellOfSyncs: operation("send", "syncs", "Millrace tells where an account's syncs stand"),
      tellOfMail: operation("send", "mail", "Millrace tells what became of mail"),
      tellOfLabels: operation(
        "send",
        "notes",
        "Millrace tells which labels and messages were removed for good",
      ),
      tellOfLeftMail: operation("send", "leftMail", "Millrace tells what a sync left behind"),
    },
    components: { messages: Object.fromEntries([requested(), ...facts()]) },
  };
}

function operation(action: "send" | "receive", name: string, summary: string): Json {
  return { action, channel: { $ref: `#/channels/${name}` }, summary };
}

function requested(): [string, Json] {
  return [
    "SyncRequested",
    {
      title: "SyncRequested",
      summary:
        "Asks for a sync; a bare JSON body without CloudEvents headers is taken, too, and an empty one",
      headers: cloudEventHeaders,
      payload: schemaOf(syncRequestSchema, "input"),
      examples: [
        { name: "default", payload: {} },
        {
          name: "full",
          headers: {
            "ce-specversion": "1.0",
            "ce-type": syncRequestedType,
            "ce-source": "/shop",
            "ce-id": "order-17",
          },
          payload: { mode: "full" },
        },
      ],
    },
  ];
}

function facts(): [string, Json][] {
  return factSchema.options.map((schema) => {
    const type = schema.shape.type.value;
    return [
      nameOf(type),
      { title: type, name: type, headers: cloudEventHeaders, payload: schemaOf(schema, "output") },
    ];
  });
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
