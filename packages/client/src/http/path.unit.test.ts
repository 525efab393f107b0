import { expect, test } from "vitest";
import { fillPath } from "./path.ts";

test("ids and values are escaped, what is absent is left out, lists repeat their name", () => {
  expect(fillPath("/v1/a/{id}/b/{aid}", { id: "x/../y", aid: "1 2" })).toBe("/v1/a/x%2F..%2Fy/b/1%202");
  const query = {
    q: "a&b=c",
    limit: 5,
    label: undefined,
    from: null,
    providerId: ["1", "2"],
    includeDeleted: false,
  };
  expect(fillPath("/v1/a", {}, query)).toBe(
    "/v1/a?q=a%26b%3Dc&limit=5&providerId=1&providerId=2&includeDeleted=false",
  );
});

test("an id that is missing is a mistake that is told, not another route", () => {
  expect(() => fillPath("/v1/syncs/{id}", { id: "" })).toThrow("takes id");
});

test("an id of dots cannot lead to another route", () => {
  expect(() => fillPath("/v1/syncs/{id}/pause", { id: ".." })).toThrow("takes id");
});
