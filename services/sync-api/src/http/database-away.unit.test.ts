import { expect, test } from "vitest";
import { isDatabaseAway } from "./database-away.ts";

const withCode = (code: string) => Object.assign(new Error("message"), { code });

test.each(["57P01", "57P03", "08006", "53300", "57014", "ECONNREFUSED", "ECONNRESET"])(
  "%s is a database that is away",
  (code) => {
    expect(isDatabaseAway(withCode(code))).toBe(true);
  },
);

test.each(["Connection terminated unexpectedly", "timeout exceeded when trying to connect"])(
  "%j is a database that is away",
  (message) => {
    expect(isDatabaseAway(new Error(message))).toBe(true);
  },
);

test("every address that was tried counts", () => {
  expect(isDatabaseAway(new AggregateError([withCode("ECONNREFUSED")]))).toBe(true);
});

test.each(["42601", "23505", "22P02", "FST_ERR_VALIDATION"])("%s is not", (code) => {
  expect(isDatabaseAway(withCode(code))).toBe(false);
});

test.each([null, undefined, "57P01", { code: "57P01" }])("%j is not an error", (value) => {
  expect(isDatabaseAway(value)).toBe(false);
});
