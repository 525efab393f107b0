import type { Pool } from "@millrace/shared/postgres/create-pool";
import { progressChannel } from "@millrace/shared/projection/apply-batch";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import { z } from "zod";
import { listen } from "./listen.ts";

/** Whom a batch of facts was about. */
export interface Told {
  readonly tenants: ReadonlySet<string>;
  /** Syncs that have changed. */
  readonly syncs: ReadonlySet<string>;
}

/** @param told null: anything may have happened, because nobody was listening, or what was said was not understood */
export type Ear = (told: Told | null) => void;

/** What an earlier release tells has no `tenants`. */
const notificationSchema = z.object({
  syncs: z.array(z.tuple([z.string(), z.string()])),
  tenants: z.array(z.string()).default([]),
});

/**
 * The one connection of this process that hears when facts were projected. It only wakes: whoever is woken reads what is new by
 * version, so that a notification that was lost, came twice or came late makes no difference.
 */
export class ProgressBell {
  readonly #pool: Pool;
  readonly #log: Logger;
  readonly #ears = new Set<Ear>();
  #listener: { stop(): Promise<void> } | null = null;

  constructor(pool: Pool, log: Logger) {
    this.#pool = pool;
    this.#log = log;
  }

  start(): void {
    this.#listener = listen({
      pool: this.#pool,
      log: this.#log,
      channel: progressChannel,
      onListening: () => this.#ring(null),
      onNotification: (payload) => {
        if (this.#ears.size > 0) this.#ring(this.#understand(payload));
      },
    });
  }

  async stop(): Promise<void> {
    await this.#listener?.stop();
  }

  /** @returns ends it */
  hear(ear: Ear): () => void {
    this.#ears.add(ear);
    return () => void this.#ears.delete(ear);
  }

  #ring(told: Told | null): void {
    for (const ear of this.#ears) ear(told);
  }

  #understand(payload: string): Told | null {
    const parsed = notificationSchema.safeParse(parseJson(payload));
    if (parsed.success) {
      const { syncs, tenants } = parsed.data;
      return {
        tenants: new Set([...tenants, ...syncs.map(([tenantId]) => tenantId)]),
        syncs: new Set(syncs.map(([, syncId]) => syncId)),
      };
    }
    this.#log.warn({ payloadChars: payload.length }, "a notification is not understood; everything is read");
    return null;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
