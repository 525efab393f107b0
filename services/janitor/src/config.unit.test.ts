import { parseConfig } from "@millrace/shared/runtime/parse-config";
import { expect, test } from "vitest";
import { janitorConfigSchema } from "./config.ts";

const stores = { NATS_URL: "nats://127.0.0.1:4222", DATABASE_URL: "postgres://127.0.0.1/millrace" };
const topic = { GMAIL_PUBSUB_TOPIC: "projects/p/topics/mail" };
const google = { MILLRACE_ENCRYPTION_KEYS: "k1:x", GOOGLE_CLIENT_ID: "id", GOOGLE_CLIENT_SECRET: "secret" };

test("without push the janitor needs no key and no credentials", () => {
  expect(parseConfig(janitorConfigSchema, stores).GMAIL_PUBSUB_TOPIC).toBeUndefined();
});

test("with push it says at once all that it needs", () => {
  expect(parseConfig(janitorConfigSchema, { ...stores, ...topic, ...google })).toMatchObject(topic);
  for (const name of Object.keys(google))
    expect(() => parseConfig(janitorConfigSchema, { ...stores, ...topic })).toThrow(name);
  expect(() => parseConfig(janitorConfigSchema, { ...stores, GMAIL_PUBSUB_TOPIC: "mail" })).toThrow(
    "projects/<project>/topics/<topic>",
  );
});
