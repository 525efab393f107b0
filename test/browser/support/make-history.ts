import type { DemoWorld } from "./demo-world.ts";

export interface History {
  /** Whose mail is all there. */
  readonly ann: string;
  /** Who has to connect again; her sync has paused for it. */
  readonly elena: string;
  /** With two dead letters. */
  readonly carla: string;
  readonly partialSync: string;
}

/** A day in the life: mailboxes in every state, faults that went by, dead letters that stay. */
export async function makeHistory({ millrace, simulator, connect, messageIds }: DemoWorld): Promise<History> {
  const { client } = millrace;
  const { control } = simulator;
  const sync = async (accountId: string) => client.waitForEnd(await client.requestSync(accountId), 60_000);
  const ann = await connect("ann@initech.example", 1_400);
  const [ben = "", carla = "", dmitri = "", elena = ""] = await Promise.all(
    ["ben", "carla", "dmitri", "elena"].map((name, n) => connect(`${name}@initech.example`, 180 + 90 * n)),
  );
  for (const messageId of (await messageIds("carla@initech.example")).slice(-2))
    await control.addFault({
      match: { messageId },
      effect: { kind: "status", status: 418, reason: "teapot", message: "I am a teapot", domain: "global" },
    });
  const noise = await control.addFault({
    match: { endpoint: "messages.get", email: "ann@initech.example" },
    effect: { kind: "status", status: 503 },
    when: { probability: 0.02 },
  });
  await sync(ann);
  await control.clearFaults(noise);
  const { id: partialSync } = await sync(carla);
  for (const account of [ben, dmitri, elena]) await sync(account);
  await control.generateMessages("ben@initech.example", 12);
  await sync(ben);
  await control.setGranted("elena@initech.example", false);
  await control.expireTokens("elena@initech.example");
  const paused = await client.requestSync(elena);
  await client.waitFor(
    () => client.getSync(paused),
    ({ status }) => status === "paused",
  );
  return { ann, elena, carla, partialSync };
}
