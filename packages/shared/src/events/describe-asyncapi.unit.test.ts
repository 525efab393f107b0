import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { describeAsyncApi } from "./describe-asyncapi.ts";
import { factSchema } from "./facts.ts";

const file = fileURLToPath(new URL("../../../../docs/asyncapi.json", import.meta.url));

it("is what docs/asyncapi.json says (written anew with `vitest -u`)", async () => {
  await expect(`${JSON.stringify(describeAsyncApi(), null, 2)}\n`).toMatchFileSnapshot(file);
});

it("names every fact once, and each reference leads somewhere", () => {
  const document = describeAsyncApi() as {
    components: { messages: Record<string, { name?: string }> };
    channels: Record<string, { messages: Record<string, { $ref: string }> }>;
  };
  const { messages } = document.components;
  const types = factSchema.options.map(({ shape }) => shape.type.value);
  const named = Object.values(messages).flatMap(({ name }) => (name === undefined ? [] : [name]));
  expect(named.sort()).toEqual([...types].sort());
  for (const { messages: refs } of Object.values(document.channels))
    for (const { $ref } of Object.values(refs))
      expect(messages[$ref.replace("#/components/messages/", "")]).toBeDefined();
});
