import { describe, expect, it } from "vitest";
import { missingCapabilities, readCapabilities } from "./capabilities.ts";

const openapi = {
  paths: Object.fromEntries(
    [
      "/v1/syncs/{id}/pause",
      "/v1/syncs/{id}/resume",
      "/v1/syncs/{id}/cancel",
      "/v1/syncs/{id}/retry",
      "/v1/accounts/{accountId}/credentials",
    ].map((path) => [path, {}]),
  ),
};

describe("what a run may use", () => {
  it("is what the API and the command line say they have, whatever parameters are called", () => {
    expect(readCapabilities(openapi, "millrace rebuild [--check]")).toEqual({
      control: true,
      deadLetters: false,
      credentials: true,
      verify: false,
      rebuild: true,
    });
  });

  it("is nothing of an API that says nothing, and what is missing is named", () => {
    expect(missingCapabilities(readCapabilities(null, ""))).toHaveLength(5);
  });
});
