import { expect, test } from "vitest";
import { readFlag, readList, readMaxResults, splitUrl } from "./query-parameters.ts";

test("a question mark inside a query stays in it", () => {
  const { path, query } = splitUrl("/gmail/v1/users/me/messages?q=why?&labelIds=A&labelIds=B");
  expect([path, query.get("q"), readList(query, "labelIds")]).toEqual([
    "/gmail/v1/users/me/messages",
    "why?",
    ["A", "B"],
  ]);
});

test("maxResults stays within its bounds, whatever is asked", () => {
  const read = (text: string) => readMaxResults(new URLSearchParams({ maxResults: text }), 100, 500);
  expect(["7", "501", "0", "-1", "x", "", "1.5"].map(read)).toEqual([7, 500, 100, 100, 100, 100, 100]);
});

test("only true is true", () => {
  expect(["true", "TRUE", "1", ""].map((one) => readFlag(new URLSearchParams({ f: one }), "f"))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
