import { randomUUID } from "node:crypto";

/** Tells this process from others of its service, the same in traces and in metrics. */
export const serviceInstanceId = randomUUID();
