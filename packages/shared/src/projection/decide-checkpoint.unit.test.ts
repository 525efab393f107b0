import { describe, expect, it } from "vitest";
import { type CheckpointSituation, decideCheckpoint } from "./decide-checkpoint.ts";

const stream = { created: "2026-01-01T00:00:00Z", firstSeq: 1, lastSeq: 120 };
const checkpoint = {
  epoch: 3,
  seq: 100,
  streamCreated: stream.created,
  eventId: "e100",
  restoredUntil: null,
};
const mark = { epoch: 3, seq: 100, streamCreated: stream.created, eventId: "e100" };
const usual: CheckpointSituation = { checkpoint, stream, eventIdThere: "e100", mark };

const decide = (more: Partial<CheckpointSituation>) => decideCheckpoint({ ...usual, ...more });

describe("a checkpoint", () => {
  it("is where the projection goes on while the log is the same", () => {
    expect(decide({})).toEqual({
      position: { epoch: 3, seq: 100 },
      newEpoch: null,
      missedEvents: 0,
      isRestored: false,
      repair: null,
    });
    expect(decide({ mark: null })).toMatchObject({ newEpoch: null, isRestored: false });
    // Written seconds before: the mark may be behind.
    expect(decide({ mark: { ...mark, seq: 90 } })).toMatchObject({ newEpoch: null, isRestored: false });
  });

  it("begins the first epoch on an empty database", () => {
    expect(decide({ checkpoint: null, mark: null, eventIdThere: null })).toMatchObject({
      position: { epoch: 1, seq: 0 },
      isRestored: false,
      repair: null,
    });
  });

  it("says how many events the log has forgotten that were never applied", () => {
    expect(decide({ stream: { ...stream, firstSeq: 101 }, eventIdThere: null })).toMatchObject({
      newEpoch: null,
      missedEvents: 0,
    });
    expect(decide({ stream: { ...stream, firstSeq: 111 }, eventIdThere: null })).toMatchObject({
      position: { epoch: 3, seq: 100 },
      missedEvents: 10,
      repair: null,
    });
  });
});

describe("another log", () => {
  const isNewEpoch = { position: { epoch: 4, seq: 0 }, newEpoch: expect.any(String), repair: null };

  it("was created anew, also if it is long enough already", () => {
    expect(decide({ stream: { ...stream, created: "2026-02-02T00:00:00Z" } })).toMatchObject(isNewEpoch);
  });

  it("ends before the checkpoint", () => {
    expect(decide({ stream: { ...stream, lastSeq: 99 }, eventIdThere: null })).toMatchObject(isNewEpoch);
  });

  it("holds another event at the checkpoint, or what is none", () => {
    expect(decide({ eventIdThere: "other" })).toMatchObject(isNewEpoch);
    expect(decide({ eventIdThere: "" })).toMatchObject(isNewEpoch);
  });

  it("is not one that has forgotten the event at the checkpoint together with a removed account", () => {
    expect(decide({ eventIdThere: null })).toMatchObject({ newEpoch: null, missedEvents: 0, repair: null });
  });

  it("cannot be told from the same one by a checkpoint that has no event yet", () => {
    const fresh = { ...checkpoint, seq: 0, eventId: null };
    expect(decide({ checkpoint: fresh, eventIdThere: null, mark: null }).newEpoch).toBeNull();
  });

  it("gets an epoch that nobody has seen, also where only the mark knows of the last one", () => {
    const created = "2026-02-02T00:00:00Z";
    const decision = decide({ stream: { ...stream, created }, mark: { ...mark, epoch: 7 } });
    expect(decision).toMatchObject({ position: { epoch: 8, seq: 0 }, isRestored: false });
  });
});

describe("a Postgres that was restored from an older backup", () => {
  it("is behind the mark, and what the log tells up to its end may be missing", () => {
    expect(decide({ mark: { ...mark, seq: 110 } })).toMatchObject({
      position: { epoch: 3, seq: 100 },
      newEpoch: null,
      isRestored: true,
      repair: { kind: "until", seq: 120 },
    });
  });

  it("is remembered until it has caught up, however often that begins again", () => {
    const catching = { ...checkpoint, restoredUntil: 110 };
    expect(decide({ checkpoint: catching })).toMatchObject({
      isRestored: false,
      repair: { kind: "until", seq: 110 },
    });
    const marked = decide({ checkpoint: catching, mark: { ...mark, seq: 110 } });
    expect(marked.repair).toEqual({ kind: "until", seq: 110 });
    const again = decide({ checkpoint: catching, mark: { ...mark, seq: 115 } });
    expect(again.repair).toEqual({ kind: "until", seq: 120 });
  });

  it("may miss mail of any account when the log does not reach back to it", () => {
    const restored = { ...mark, seq: 115 };
    expect(
      decide({ mark: restored, stream: { ...stream, firstSeq: 111 }, eventIdThere: null }),
    ).toMatchObject({
      missedEvents: 10,
      repair: { kind: "all" },
    });
    const old = { ...checkpoint, streamCreated: "2025-01-01T00:00:00Z" };
    expect(decide({ checkpoint: old, mark: { ...mark, epoch: 5 } })).toMatchObject({
      position: { epoch: 6, seq: 0 },
      isRestored: true,
      repair: { kind: "all" },
    });
    const catching = { ...checkpoint, restoredUntil: 110 };
    const lost = { ...stream, created: "2026-03-03T00:00:00Z" };
    expect(decide({ checkpoint: catching, stream: lost }).repair).toEqual({ kind: "all" });
  });

  it("begins anew when it does not know the epoch that was read last", () => {
    expect(decide({ mark: { ...mark, epoch: 4, seq: 50 } })).toMatchObject({
      position: { epoch: 5, seq: 0 },
      isRestored: true,
      repair: { kind: "all" },
    });
  });
});
