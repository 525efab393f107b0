import { progressChannel } from "@millrace/shared/projection/apply-batch";
import pg from "pg";
import { until } from "../harness/until.ts";

const everyMs = 20;

/** One commit of the projector. */
export interface Commit {
  /** All events up to here can be seen. */
  readonly seq: number;
  /** When we heard of it, as `performance.now()` counts. */
  readonly atMs: number;
}

/**
 * Hears of each batch that the projector commits, as live streams do: Postgres tells it when the transaction can be
 * seen, so nothing is asked again and again and there is no resolution to take into account. What is measured with it
 * includes the way of the notification.
 */
export class ProgressWatch {
  readonly #client: pg.Client;
  #onCommit: (commit: Commit) => void = () => {};
  #seq = 0;
  #failure: unknown = null;

  private constructor(client: pg.Client) {
    this.#client = client;
    client.on("error", (error) => {
      this.#failure = error;
    });
    client.on("notification", ({ payload }) => {
      const { seq } = JSON.parse(payload ?? "{}") as { seq: number };
      if (seq <= this.#seq) return; // many syncs in one batch: it is told in parts
      this.#seq = seq;
      this.#onCommit({ seq, atMs: performance.now() });
    });
  }

  static async open(databaseUrl: string): Promise<ProgressWatch> {
    const client = new pg.Client({ connectionString: databaseUrl });
    const watch = new ProgressWatch(client);
    await client.connect();
    await client.query(`listen ${progressChannel}`);
    return watch;
  }

  /** From now on; whoever heard of commits before does not any more. */
  onCommit(listener: (commit: Commit) => void): void {
    this.#onCommit = listener;
  }

  /** Until all up to there can be seen. */
  reached(seq: number, maxMs: number): Promise<void> {
    const isReached = async (): Promise<boolean> => {
      if (this.#failure !== null) throw this.#failure;
      return this.#seq >= seq;
    };
    return until(isReached, everyMs, maxMs);
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}
