import type { SimulatorControl } from "@millrace/gmail-simulator/control/simulator-control";
import { Random } from "@millrace/gmail-simulator/random";
import type { GmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { accessTokenOf } from "./simulator-token.ts";

const hiding: ReadonlySet<string> = new Set(["TRASH", "SPAM"]);
const systemLabels = ["INBOX", "UNREAD", "STARRED", "IMPORTANT"];

/** A mailbox of the simulator's that is changed by script. */
export interface Mailbox {
  readonly email: string;
  /** The messages that a listing shows. */
  ids(): Promise<string[]>;
  /** @returns their ids */
  add(count: number): Promise<readonly string[]>;
  remove(id: string): Promise<void>;
  relabel(
    id: string,
    change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
  ): Promise<void>;
  /** @returns its id */
  createLabel(name: string): Promise<string>;
  removeLabel(id: string): Promise<void>;
  /** So many changes that follow from the seed: mail comes, leaves, is relabelled, trashed, brought back; labels as well. */
  change(steps: number, seed: number): Promise<void>;
  /** What a listing shows, each message with its labels in order; and the labels' names by their ids. */
  truth(): Promise<{
    readonly messages: ReadonlyMap<string, readonly string[]>;
    readonly labels: ReadonlyMap<string, string>;
  }>;
}

export async function openMailbox(
  { control, url }: Pick<GmailSimulator, "control" | "url">,
  email: string,
  generate: number,
): Promise<Mailbox> {
  await control.createMailbox({ email, generate });
  const access = await accessOf(url, email);
  const mailbox: Mailbox = {
    email,
    ids: async () => [...(await mailbox.truth()).messages.keys()],
    add: (count) => control.generateMessages(email, count),
    remove: (id) => control.deleteMessages(email, [id]),
    relabel: async (id, { add = [], remove = [] }) => {
      await control.relabelMessage(email, id, { add: [...add], remove: [...remove] });
    },
    createLabel: async (name) => (await control.createLabel(email, name)).id,
    removeLabel: (id) => control.removeLabel(email, id),
    change: (steps, seed) => change(control, mailbox, steps, new Random(seed)),
    truth: async () => ({ messages: await listed(control, email), labels: await access.labels() }),
  };
  return mailbox;
}

async function listed(control: SimulatorControl, email: string): Promise<Map<string, readonly string[]>> {
  const messages = new Map<string, readonly string[]>();
  for await (const { id, labelIds } of control.truth(email)) {
    if (!labelIds.some((label) => hiding.has(label))) messages.set(id, [...labelIds].sort());
  }
  return messages;
}

async function change(
  control: SimulatorControl,
  mailbox: Mailbox,
  steps: number,
  random: Random,
): Promise<void> {
  const all: string[] = [];
  for await (const { id } of control.truth(mailbox.email)) all.push(id);
  const labels: string[] = [];
  const trashed = new Set<string>();
  for (let step = 0; step < steps; step++) {
    const drawn = random.float();
    const at = random.below(all.length);
    const id = all[at] ?? "";
    if (drawn < 0.3) all.push(...(await mailbox.add(1)));
    else if (drawn < 0.4 && all.length > 10) {
      await mailbox.remove(id);
      all.splice(at, 1);
      trashed.delete(id);
    } else if (drawn < 0.55) {
      const hide = random.pick(["TRASH", "TRASH", "SPAM"]);
      await mailbox.relabel(id, { add: [hide], remove: ["INBOX"] });
      trashed.add(id);
    } else if (drawn < 0.65 && trashed.size > 0) {
      const back = random.pick([...trashed]);
      await mailbox.relabel(back, { remove: ["TRASH", "SPAM"], add: ["INBOX"] });
      trashed.delete(back);
    } else if (drawn < 0.67 && labels.length < 8)
      labels.push(await mailbox.createLabel(`label ${mailbox.email} ${step}`));
    else if (drawn < 0.68 && labels.length > 2)
      await mailbox.removeLabel(labels.splice(random.below(labels.length), 1)[0] ?? "");
    else {
      const label = random.pick([...systemLabels, ...labels]);
      const isAdded = random.chance(0.5);
      await mailbox.relabel(id, isAdded ? { add: [label] } : { remove: [label] });
    }
  }
}

/** The mailbox's labels, asked for as a client of Gmail does. */
async function accessOf(url: string, email: string) {
  const token = await accessTokenOf(url, email);
  return {
    labels: async (): Promise<Map<string, string>> => {
      const answer = await fetch(`${url}/gmail/v1/users/me/labels`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const { labels } = (await answer.json()) as { labels: { id: string; name: string }[] };
      return new Map(labels.map(({ id, name }) => [id, name]));
    },
  };
}
