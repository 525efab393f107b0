import { derivedId } from "@millrace/shared/events/identifiers";
import { streamNotFound } from "@millrace/shared/nats/ensure-topology";
import { eventStream, requestStream } from "@millrace/shared/nats/topology";
import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import type { World } from "../world/world.ts";

const messagesMax = 5_000;
const databasePatienceMs = 10_000;

/**
 * Deletes streams, and notes first which events only they know: those whose request waits in `REQUESTS`, and those
 * whose facts stand in `EVENTS` behind what has been projected. Of streams that cannot be read (the disk is full, say)
 * that may be each event that the views do not know.
 *
 * @param names the streams that will be gone
 * @returns false when nothing was deleted
 */
export async function wipeStreams(
  world: World,
  names: readonly string[],
  destroy: () => Promise<boolean>,
): Promise<boolean> {
  const beganAtMs = Date.now();
  const syncIds = new Set<string>();
  const [losesRequests, losesFacts] = [names.includes(requestStream.name), names.includes(eventStream.name)];
  // A request becomes a fact and then leaves its stream: in this order it is met in one of them.
  let requests: ReadonlySet<string> = new Set();
  let waiting = 0;
  try {
    if (losesRequests || losesFacts) requests = await readWaiting(world);
    if (losesRequests) for (const id of requests) syncIds.add(id);
    waiting = syncIds.size;
    if (losesFacts) await addUnprojected(world, syncIds);
  } catch {
    for (const id of await unknownEvents(world)) syncIds.add(id);
  }
  if (losesFacts) await world.appends.collect();
  const destroyed = await destroy();
  if (destroyed) {
    if (losesFacts && !losesRequests) {
      // Decided on while we looked: its fact may have been in the log that is gone.
      const left = await readWaiting(world).catch(() => new Set<string>());
      for (const id of requests) if (!left.has(id)) syncIds.add(id);
    }
    world.notes.wipes.push({ beganAtMs, endedAtMs: Date.now(), syncIds });
    world.notes.say(
      `   with it went ${waiting} events that waited and ${syncIds.size - waiting} not projected yet`,
    );
  }
  return destroyed;
}

async function readWaiting(world: World): Promise<Set<string>> {
  const syncIds = new Set<string>();
  for await (const { subject, header } of messagesFrom(world, requestStream.name, () => 1)) {
    syncIds.add(derivedId("syn", subject, header("ce-source"), header("ce-id")));
  }
  return syncIds;
}

/** Syncs that were asked for by an event, and that the views do not know. */
async function unknownEvents({ database, register }: World): Promise<string[]> {
  const ids = register
    .all()
    .filter(({ how }) => how === "event")
    .map(({ id }) => id);
  const sql = "select id from syncs where id = any($1)";
  const rows = await database.query<{ id: string }>(sql, [ids], databasePatienceMs).catch(() => []);
  const known = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !known.has(id));
}

/** What the views know of is not added, whatever the log repeats of it. */
async function addUnprojected(world: World, syncIds: Set<string>): Promise<void> {
  const [rows, candidates] = await Promise.all([
    world.database.query<Checkpoint>(checkpointSql, [], databasePatienceMs).catch(() => []),
    unknownEvents(world),
  ]);
  if (candidates.length === 0) return;
  const [checkpoint] = rows;
  // Of a stream that was made anew meanwhile, nothing has been projected.
  const firstSeq = (created: string): number =>
    checkpoint?.created === created ? Number(checkpoint.seq) + 1 : 1;
  for await (const { body } of messagesFrom(world, eventStream.name, firstSeq)) {
    for (const id of candidates) if (body.includes(id)) syncIds.add(id);
  }
}

const checkpointSql = "select seq, stream_created as created from checkpoints where name = 'projector'";

interface Checkpoint {
  readonly seq: string;
  /** Of the stream that was read. */
  readonly created: string;
}

interface StoredMessage {
  readonly subject: string;
  readonly header: (name: string) => string;
  readonly body: string;
}

const unless = (code: number) => (error: unknown) => {
  if (error instanceof JetStreamApiError && error.code === code) return null;
  throw error;
};

/**
 * The messages of a stream from a sequence on; none when the stream is not there.
 *
 * @param firstSeq by the time when the stream was created
 * @throws whatever keeps the stream from being read
 */
async function* messagesFrom(
  { jetstream: { jsm } }: World,
  stream: string,
  firstSeq: (created: string) => number,
): AsyncGenerator<StoredMessage> {
  const info = await jsm.streams.info(stream).catch(unless(streamNotFound));
  if (info === null) return;
  const { created, state } = info;
  const first = Math.max(firstSeq(created), state.first_seq, state.last_seq - messagesMax);
  for (let seq = first; seq <= state.last_seq; seq++) {
    const message = await jsm.streams
      .getMessage(stream, { seq })
      .catch(unless(JetStreamApiCodes.NoMessageFound));
    if (message === null) continue;
    yield {
      subject: message.subject,
      header: (name) => message.header.get(name),
      body: new TextDecoder().decode(message.data),
    };
  }
}
