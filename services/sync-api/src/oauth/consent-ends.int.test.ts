import { ConsentingBrowser } from "@millrace/gmail-simulator/testing/consenting-browser";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type LinkWorld, startLinkWorld } from "../testing/link-world.ts";

const weekSeconds = 604_800;
let world: LinkWorld;
beforeAll(async () => {
  world = await startLinkWorld({ consentSeconds: weekSeconds }); // as of a client in testing
});
beforeEach(() => world.anew());
afterAll(() => world?.stop());

async function accounts(): Promise<readonly { id: string; consentEndsAt: string | null }[]> {
  const { headers } = world.tenant;
  return (await world.api.app.inject({ url: "/v1/accounts", headers })).json().items;
}
async function connectByLink(): Promise<void> {
  const browser = new ConsentingBrowser();
  const { url } = await world.makeLink();
  await browser.get(await browser.consent(url, world.email));
}

test("an account says when the consent to it ends, from the new consent on when it is connected again", async () => {
  const beganMs = Date.now();
  await connectByLink();
  const endOf = async () => Date.parse((await accounts())[0]?.consentEndsAt ?? "");
  const first = await endOf();
  expect(first).toBeGreaterThanOrEqual(beganMs + weekSeconds * 1_000);
  expect(first).toBeLessThanOrEqual(Date.now() + weekSeconds * 1_000);
  await connectByLink();
  expect(await accounts()).toHaveLength(1);
  expect(await endOf()).toBeGreaterThan(first);
});

test("credentials from elsewhere have no end that is known", async () => {
  await connectByLink();
  const [account] = await accounts();
  const payload = { credentials: { refreshToken: `sim-refresh-${world.email}` }, check: true };
  const url = `/v1/accounts/${account?.id}/credentials`;
  const { headers } = world.tenant;
  const answer = await world.api.app.inject({ method: "POST", url, headers, payload });
  expect(answer.json()).toMatchObject({ id: account?.id, consentEndsAt: null });
});
