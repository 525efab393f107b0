import { streams } from "@millrace/shared/nats/topology";
import type { Injector } from "./injector.ts";
import { serverLocks } from "./server-locks.ts";
import { wipeStreams } from "./wipe-streams.ts";

/** False when the broker is away or what is to be deleted is not there: then nothing happened. */
async function tried(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch {
    return false;
  }
}

/** The target is `<stream>/<consumer>`. */
export const deleteConsumer: Injector = ({ target }, { jetstream }) => {
  const [stream = "", consumer = ""] = target.split("/");
  return tried(() => jetstream.jsm.consumers.delete(stream, consumer));
};

/** One stream, or all of them. */
export const deleteStream: Injector = ({ target }, world, signal) =>
  serverLocks.nats.run(async () => {
    if (signal.aborted) return false;
    const doomed = target === "*" ? streams.map(({ name }) => name) : [target];
    return wipeStreams(world, doomed, async () => {
      const { jsm } = world.jetstream;
      const deleted = await Promise.all(doomed.map((stream) => tried(() => jsm.streams.delete(stream))));
      return deleted.some(Boolean);
    });
  });

export const purgeWork: Injector = ({ target }, { jetstream }) =>
  tried(() => jetstream.jsm.streams.purge(target));
