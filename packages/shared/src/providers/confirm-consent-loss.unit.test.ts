import { describe, expect, it } from "vitest";
import { confirmConsentLoss } from "./confirm-consent-loss.ts";
import type { ProviderFault, ProviderSession } from "./mail-provider.ts";

const said = (more: Partial<ProviderFault>): ProviderFault => ({
  category: "consent_lost",
  message: "x",
  ...more,
});
const confirmed = said({ isConfirmed: true });
const refused = said({ isConfirmed: false, status: 401 });
const forbidden = said({ isConfirmed: false, status: 403 });
const notAsked = () => {
  throw new Error("this was not to be asked");
};

/** Looks at a mailbox that answers so, in turn; the last answer stays. */
async function confirm(fault: ProviderFault, profiles: (ProviderFault | "ok")[], refusedBefore = 0) {
  let looks = 0;
  const session: ProviderSession = {
    getProfile: async () => {
      const answer = profiles[Math.min(looks++, profiles.length - 1)] ?? "ok";
      if (answer !== "ok") return { ok: false, fault: answer };
      return { ok: true, value: { email: "", watermark: "1", messagesTotal: null } };
    },
    listPage: notAsked,
    listLabels: notAsked,
    listChanges: notAsked,
    fetchMessages: notAsked,
    fetchAttachment: notAsked,
  };
  const seen = await confirmConsentLoss(session, fault, refusedBefore, new AbortController().signal);
  return { category: seen.category, looks };
}

describe("lost consent", () => {
  it("is confirmed by the token endpoint, asked once more", async () => {
    expect((await confirm(confirmed, [confirmed])).category).toBe("consent_lost");
    expect((await confirm(refused, [confirmed])).category).toBe("consent_lost");
  });

  it("was none when the mailbox can be read, whoever said so", async () => {
    for (const fault of [confirmed, refused, forbidden])
      expect((await confirm(fault, ["ok"])).category).toBe("transient");
    expect((await confirm(confirmed, [confirmed, "ok"])).category).toBe("transient");
  });

  it("is none yet when the mailbox answers otherwise: that is what to go by", async () => {
    for (const category of ["rate_limited", "transient", "token_expired"] as const)
      expect((await confirm(confirmed, [{ category, message: "y" }])).category).toBe(category);
  });

  it("that nobody confirms is believed when the mailbox refuses everything and goes on to", async () => {
    const after = (refusedBefore: number) => confirm(refused, [refused], refusedBefore);
    expect((await after(2)).category).toBe("transient");
    expect((await after(3)).category).toBe("consent_lost");
  });

  it("of a mailbox that may be looked at is believed when its messages stay forbidden", async () => {
    expect((await confirm(forbidden, ["ok"], 2)).category).toBe("transient");
    expect((await confirm(forbidden, ["ok"], 3)).category).toBe("consent_lost");
    expect((await confirm(refused, ["ok"], 99)).category).toBe("transient");
  });

  it("is asked for no more than twice", async () => {
    expect((await confirm(confirmed, [confirmed])).looks).toBe(2);
    expect((await confirm(refused, [refused])).looks).toBe(2);
  });
});

it("any other fault is what it is, and asks nobody", async () => {
  for (const category of ["transient", "rate_limited", "unknown", "gone"] as const)
    expect(await confirm({ category, message: "y" }, [confirmed])).toEqual({ category, looks: 0 });
});
