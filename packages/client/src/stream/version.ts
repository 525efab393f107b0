/** A position in the log, `<epoch>-<seq>`; as text `1-9` would come after `1-10`. */
export interface Version {
  readonly epoch: number;
  readonly seq: number;
}

/** Null when it is not a version. */
export function parseVersion(text: string): Version | null {
  const match = /^(\d{1,9})-(\d{1,16})$/.exec(text);
  return match === null ? null : { epoch: Number(match[1]), seq: Number(match[2]) };
}

/** Whether a version says more than the one before. What is no version is taken for news. */
export function isNewer(version: string, before: string): boolean {
  const [a, b] = [parseVersion(version), parseVersion(before)];
  if (a === null || b === null) return version !== before;
  return a.epoch !== b.epoch ? a.epoch > b.epoch : a.seq > b.seq;
}
