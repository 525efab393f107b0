export { createMillrace, type Millrace, type MillraceOptions } from "./create-millrace.ts";
export type { CallOptions } from "./http/call-types.ts";
export type { KeySource } from "./http/key-holder.ts";
export type { Listing, Page, PageRequest } from "./http/listing.ts";
export { MillraceError, type MillraceErrorCode, type Problem } from "./millrace-error.ts";
export { type BesideLedger, besideLedger } from "./progress/beside-ledger.ts";
export { handledOf } from "./progress/handled-of.ts";
export {
  type MissingMessages,
  missingMessagesOf,
  missingWords,
  triedAgainWords,
} from "./progress/missing-messages.ts";
export { isNobodyWorking, type Telling, type TimeLeft, timeLeft } from "./progress/time-left.ts";
export { toldAtMs } from "./progress/told-at-ms.ts";
export { type Total, totalOf } from "./progress/total-of.ts";
export * from "./resources.ts";
export type { StreamState, WatchOptions } from "./stream/follow-events.ts";
export { isNewer } from "./stream/version.ts";
export type { AllChunks, ChangedChunks, ChunkState } from "./stream/watch-chunks.ts";
export type { EventFilter } from "./stream/watch-events.ts";
