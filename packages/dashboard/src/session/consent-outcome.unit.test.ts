import { expect, test } from "vitest";
import { consentOutcomeOf } from "./consent-outcome.ts";

test("an address that a connect link has led back to says what came of it, in words and without a code", () => {
  const connected = "?status=connected&accountId=acc_1&receipt=secret";
  expect(consentOutcomeOf(connected)).toEqual({ status: "connected", accountId: "acc_1" });
  const denied = consentOutcomeOf("?status=failed&error=access_denied");
  expect(denied).toMatchObject({ status: "failed", words: expect.stringContaining("was not allowed") });
  for (const unknown of ["?status=failed", "?status=failed&error=toString", "?status=failed&error=%3Cb%3E"])
    expect(consentOutcomeOf(unknown)).toMatchObject({
      status: "failed",
      words: expect.stringContaining("Something did not work"),
    });
});

test("any other address says nothing of a consent", () => {
  for (const search of ["", "?account=acc_1", "?status=open"]) expect(consentOutcomeOf(search)).toBeNull();
});
