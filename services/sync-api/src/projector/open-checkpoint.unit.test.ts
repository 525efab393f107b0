import { describe, expect, it } from "vitest";
import { decideCheckpoint } from "./open-checkpoint.ts";

const stream = { created: "2026-01-01T00:00:00Z", firstSeq: 1, lastSeq: 100 };
const checkpoint = { epoch: 3, seq: 100, streamCreated: stream.created };

describe("a checkpoint", () => {
  it("is where the projection goes on while the log is the same", () => {
    expect(decideCheckpoint(checkpoint, stream)).toEqual({
      kind: "continue",
      position: { epoch: 3, seq: 100 },
    });
    expect(decideCheckpoint({ ...checkpoint, seq: 7 }, stream).kind).toBe("continue");
  });

  it("begins a new epoch when the stream was created anew, also if it is long enough already", () => {
    const decision = decideCheckpoint(checkpoint, { ...stream, created: "2026-02-02T00:00:00Z" });
    expect(decision).toMatchObject({ kind: "new_epoch", epoch: 4 });
  });

  it("begins a new epoch when the log ends before it", () => {
    expect(decideCheckpoint(checkpoint, { ...stream, lastSeq: 99 })).toMatchObject({
      kind: "new_epoch",
      epoch: 4,
    });
  });

  it("begins the first epoch on an empty database", () => {
    expect(decideCheckpoint(null, stream)).toMatchObject({ kind: "new_epoch", epoch: 1 });
  });
});
