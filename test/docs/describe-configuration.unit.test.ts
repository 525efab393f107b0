import { expect, it } from "vitest";
import { describeConfiguration } from "./describe-configuration.ts";

it("docs/configuration.md tells what the services' schemas say", async () => {
  await expect(describeConfiguration()).toMatchFileSnapshot("../../docs/configuration.md");
});
