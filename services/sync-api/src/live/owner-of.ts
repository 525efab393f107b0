import { type Caller, endsAtMs } from "../access/caller.ts";
import type { StreamOwner } from "./live-streams.ts";

/** Whose stream a request opens. An operator's keys are the environment's, and end with the process. */
export const ownerOf = ({
  caller,
  tenantId,
}: {
  readonly caller: Caller | null;
  readonly tenantId: string;
}): StreamOwner => ({
  tenantId,
  endsAtMs: endsAtMs(caller),
  holder: caller === null || caller.kind === "operator" ? null : caller.id,
});
