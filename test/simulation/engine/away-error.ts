/** Broker or database cannot be reached, or did not answer; what was asked for may have happened all the same. */
export class AwayError extends Error {
  readonly code = "ECONNREFUSED";
  constructor(who: string) {
    super(`${who} is away`);
    this.name = "AwayError";
  }
}
