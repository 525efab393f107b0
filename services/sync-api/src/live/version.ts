import type { LogPosition } from "@millrace/shared/projection/views";

/** Before everything: the version of a sync that no fact has reached. */
export const beginning: LogPosition = Object.freeze({ epoch: 0, seq: 0 });

export const formatVersion = ({ epoch, seq }: LogPosition): string => `${epoch}-${seq}`;

/** Null when it is not a version: a stream then begins with a snapshot, as if it were absent. */
export function parseVersion(text: string | undefined): LogPosition | null {
  const match = /^(\d{1,9})-(\d{1,16})$/.exec(text?.trim() ?? "");
  return match === null ? null : { epoch: Number(match[1]), seq: Number(match[2]) };
}
