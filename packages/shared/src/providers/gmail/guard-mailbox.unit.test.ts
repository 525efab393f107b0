import { LRUCache } from "lru-cache";
import { describe, expect, it } from "vitest";
import type { PushSession } from "../mail-provider.ts";
import { guardMailbox, type KnownGrants } from "./guard-mailbox.ts";

const account = { tenantId: "t", accountId: "a", email: "Some.One@gmail.com", refreshToken: "r" };

function sessionOf(email: string) {
  const asked: string[] = [];
  const session: PushSession = {
    getProfile: async () => {
      asked.push("profile");
      return { ok: true, value: { email, watermark: "1", messagesTotal: 2 } };
    },
    listPage: async () => {
      asked.push("list");
      return { ok: true, value: { ids: ["m"], nextPageToken: null, estimatedTotal: null } };
    },
    listLabels: async () => ({ ok: true, value: [] }),
    listChanges: async () => ({ ok: true, value: { changes: [], nextPageToken: null, watermark: "1" } }),
    watch: async () => {
      asked.push("watch");
      return { ok: true, value: { watermark: "1", expiresAtMs: 0 } };
    },
    stopWatch: async () => {
      asked.push("stop");
      return { ok: true, value: null };
    },
    revokeGrant: async () => {
      asked.push("revoke");
      return { ok: true, value: null };
    },
    fetchAttachment: async () => {
      asked.push("attachment");
      return { ok: false, fault: { category: "gone", message: "" } };
    },
    async *fetchMessages(ids) {
      asked.push("fetch");
      for (const id of ids) yield { id, result: { ok: false, fault: { category: "gone", message: "" } } };
    },
  };
  return { asked, session };
}
const noneKnown = (book: KnownGrants["book"] = null): KnownGrants => ({
  here: new LRUCache({ max: 10 }),
  book,
});

/** What other processes have seen. */
function memoryBook() {
  const grants = new Set<string>();
  return {
    grants,
    note: async (_: object, grant: string) => void grants.add(grant),
  };
}

describe("credentials of another mailbox", () => {
  it("take nobody's consent away from him", async () => {
    const { asked, session } = sessionOf("other@gmail.com");
    const guarded = guardMailbox(account, session, noneKnown());
    expect(await guarded.revokeGrant()).toMatchObject({ ok: false, fault: { reason: "anotherMailbox" } });
    expect(asked).not.toContain("revoke");
  });

  it("are refused before anything is listed or fetched, for certain, and naming no address", async () => {
    const { asked, session } = sessionOf("other@gmail.com");
    const guarded = guardMailbox(account, session, noneKnown());
    const listed = await guarded.listPage({ idsMax: 10 });
    expect(listed).toMatchObject({ ok: false, fault: { category: "consent_lost", isConfirmed: true } });
    expect(JSON.stringify(listed)).not.toMatch(/@/);
    const fetched = [];
    for await (const one of guarded.fetchMessages(["x", "y"], "full")) fetched.push(one);
    expect(fetched).toMatchObject([
      { id: "x", result: { ok: false } },
      { id: "y", result: { ok: false } },
    ]);
    expect((await guarded.getProfile()).ok).toBe(false);
    const attachment = { partId: "1", providerAttachmentId: "a" };
    expect((await guarded.fetchAttachment("x", attachment)).ok).toBe(false);
    expect((await guarded.watch()).ok).toBe(false);
    expect((await guarded.stopWatch()).ok).toBe(false);
    expect(new Set(asked)).toEqual(new Set(["profile"]));
  });
});

describe("the account's own credentials", () => {
  it("that another process has seen are not asked for again; others are, and another address of the account is", async () => {
    const book = memoryBook();
    const first = sessionOf("someone@gmail.com");
    await guardMailbox(account, first.session, noneKnown(book)).listPage({ idsMax: 10 });
    expect([first.asked, book.grants.size]).toEqual([["profile", "list"], 1]);
    const asked = async (more: Partial<typeof account>): Promise<string[]> => {
      const later = sessionOf("someone@gmail.com");
      const ownGrant = [...book.grants].at(-1);
      await guardMailbox({ ...account, ownGrant, ...more }, later.session, noneKnown(book)).listPage({
        idsMax: 10,
      });
      return later.asked;
    };
    expect(await asked({})).toEqual(["list"]);
    expect(await asked({ refreshToken: "new" })).toEqual(["profile", "list"]);
    expect(await asked({ email: "other@gmail.com" })).toEqual(["profile"]);
    expect(book.grants.size).toBe(2); // what opens another mailbox is not remembered
  });

  it("are asked once, however the address is written", async () => {
    const { asked, session } = sessionOf("someone+news@googlemail.com");
    const guarded = guardMailbox(account, session, noneKnown());
    for (let i = 0; i < 3; i++) expect((await guarded.listPage({ idsMax: 10 })).ok).toBe(true);
    expect(asked).toEqual(["profile", "list", "list", "list"]);
  });
});
