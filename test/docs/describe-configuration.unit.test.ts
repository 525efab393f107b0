import { expect, it } from "vitest";
import { describeConfiguration } from "./describe-configuration.ts";

it("docs/configuration.md tells what the services' schemas say", async () => {
  await expect(describeConfiguration()).toMatchFileSnapshot("../../docs/configuration.md");
});

it("no two variables are told with the same words", () => {
  const texts = describeConfiguration()
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split(" | ").at(-1));
  expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
});
