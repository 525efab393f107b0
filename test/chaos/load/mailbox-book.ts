import type { SimulatorControl } from "@millrace/gmail-simulator/control/simulator-control";
import type { Random } from "@millrace/gmail-simulator/random";

const labelsMax = 6;

/** Which messages a mailbox has now, as far as whoever changes it must know. */
export class MailboxBook {
  readonly email: string;
  readonly #control: SimulatorControl;
  /** Oldest first, but for the holes that deletions leave. */
  readonly #ids: string[];
  /** Messages that were put into trash or spam. */
  readonly #hidden = new Set<string>();
  /** Labels that were made here. */
  readonly #labelIds: string[] = [];
  #labelsMade = 0;

  private constructor(email: string, control: SimulatorControl, ids: string[]) {
    this.email = email;
    this.#control = control;
    this.#ids = ids;
  }

  static async open(email: string, control: SimulatorControl): Promise<MailboxBook> {
    const ids: string[] = [];
    for await (const { id } of control.truth(email)) ids.push(id);
    return new MailboxBook(email, control, ids);
  }

  get size(): number {
    return this.#ids.length;
  }

  async arrive(count: number, labelIds: readonly string[]): Promise<readonly string[]> {
    const ids = await this.#control.generateMessages(this.email, count, labelIds);
    this.#ids.push(...ids);
    return ids;
  }

  async deleteAny(count: number, random: Random): Promise<void> {
    const doomed = Array.from({ length: Math.min(count, this.#ids.length) }, () => {
      const [id] = this.#ids.splice(random.below(this.#ids.length), 1);
      return id as string;
    });
    await this.#delete(doomed);
  }

  async deleteNewest(count: number): Promise<number> {
    const doomed = this.#ids.splice(Math.max(0, this.#ids.length - count));
    await this.#delete(doomed);
    return doomed.length;
  }

  async relabelAny(add: readonly string[], remove: readonly string[], random: Random): Promise<void> {
    if (this.#ids.length === 0) return;
    await this.#control.relabelMessage(this.email, random.pick(this.#ids), {
      add: [...add],
      remove: [...remove],
    });
  }

  /** Puts a message into trash or spam. */
  async hideAny(where: string, random: Random): Promise<void> {
    if (this.#ids.length === 0) return;
    const id = random.pick(this.#ids);
    this.#hidden.add(id);
    await this.#control.relabelMessage(this.email, id, { add: [where], remove: ["INBOX"] });
  }

  /** Takes a message out of trash or spam, where one is there. */
  async showAny(random: Random): Promise<void> {
    const ids = [...this.#hidden];
    if (ids.length === 0) return;
    const id = random.pick(ids);
    this.#hidden.delete(id);
    await this.#control.relabelMessage(this.email, id, { add: ["INBOX"], remove: ["TRASH", "SPAM"] });
  }

  /** Gives a message a label or takes one from it; some labels are made for that, some are removed. */
  async useLabel(random: Random): Promise<void> {
    const drawn = random.float();
    if (this.#labelIds.length === 0 || (drawn < 0.1 && this.#labelIds.length < labelsMax)) {
      const { id } = await this.#control.createLabel(this.email, `label ${this.#labelsMade++}`);
      this.#labelIds.push(id);
    } else if (drawn < 0.15) {
      const [id = ""] = this.#labelIds.splice(random.below(this.#labelIds.length), 1);
      await this.#control.removeLabel(this.email, id);
    } else if (drawn < 0.7) await this.relabelAny([random.pick(this.#labelIds)], [], random);
    else await this.relabelAny([], [random.pick(this.#labelIds)], random);
  }

  async #delete(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#hidden.delete(id);
    if (ids.length > 0) await this.#control.deleteMessages(this.email, ids);
  }
}
