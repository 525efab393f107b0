import type { SimulatorControl } from "@millrace/gmail-simulator/control/simulator-control";
import type { Random } from "@millrace/gmail-simulator/random";

/** Which messages a mailbox has now, as far as whoever changes it must know. */
export class MailboxBook {
  readonly email: string;
  readonly #control: SimulatorControl;
  /** Oldest first, but for the holes that deletions leave. */
  readonly #ids: string[];

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

  async #delete(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#control.deleteMessages(this.email, ids);
  }
}
