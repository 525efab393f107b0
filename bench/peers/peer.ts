/** One request: the call that is to be made for it. */
export interface PickupJob {
  readonly url: string;
  readonly token: string;
}

/** A job queue, as one process uses it that asks for work and another that does it. */
export interface Peer {
  readonly name: string;
  readonly server: "postgres" | "redis";
  /** Connects the process that asks; resolves when jobs can be added. */
  connect(url: string): Promise<PeerClient>;
  /** Runs in a process of its own until that is ended; resolves when it takes jobs. */
  work(url: string, handle: (job: PickupJob) => Promise<void>): Promise<void>;
}

export interface PeerClient {
  /** Resolves when the queue has accepted the job. */
  add(job: PickupJob): Promise<void>;
  close(): Promise<void>;
}
