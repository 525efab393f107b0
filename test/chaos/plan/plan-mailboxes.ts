import { hash32, Random, shuffled } from "@millrace/gmail-simulator/random";

export interface MailboxPlan {
  readonly email: string;
  readonly tenantId: string;
  /** Messages that it begins with. */
  readonly messages: number;
  readonly content: "raw" | "full" | "metadata";
}

export const tenantIds = ["north", "south", "east", "west"] as const;

/** Empty, tiny, around the sizes of a chunk (100) and of a page (500), and large. */
const sizes = [
  0, 1, 10, 40, 99, 100, 101, 150, 200, 250, 300, 350, 400, 499, 500, 501, 700, 1_000, 1_500, 4_000,
];
const salt = 2;

/**
 * The mailboxes of a run, spread over the tenants. Pure: they follow from the seed.
 *
 * @param count so many, the smallest ones; all when null
 */
export function planMailboxes(seed: number, count: number | null = null): MailboxPlan[] {
  const random = new Random(hash32(seed, 0, salt));
  return shuffled(sizes.slice(0, count ?? sizes.length), random).map((messages, at) => ({
    email: `m${String(at + 1).padStart(2, "0")}@chaos.test`,
    tenantId: tenantIds[at % tenantIds.length] as string,
    messages,
    content: drawContent(random),
  }));
}

/** Mostly raw: only there is every byte compared. */
function drawContent(random: Random): MailboxPlan["content"] {
  const drawn = random.float();
  if (drawn < 0.7) return "raw";
  return drawn < 0.9 ? "full" : "metadata";
}
