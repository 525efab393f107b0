import Fastify from "fastify";
import { expect, test } from "vitest";
import type { Api } from "../api.ts";
import { publicOrigin } from "./public-origin.ts";

test("where nothing is configured and the API does not listen on this machine, it is said what to set", () => {
  const app = Fastify() as unknown as Api;
  expect(() => publicOrigin(app, { publicUrl: null })).toThrow(
    expect.objectContaining({
      code: "connect_not_configured",
      message: expect.stringContaining("PUBLIC_URL"),
    }),
  );
  expect(publicOrigin(app, { publicUrl: "https://millrace.example.com/" })).toBe(
    "https://millrace.example.com",
  );
});
