export { createMillrace, type Millrace, type MillraceOptions } from "./create-millrace.ts";
export type { CallOptions } from "./http/call-types.ts";
export type { KeySource } from "./http/key-holder.ts";
export type { Listing, Page, PageRequest } from "./http/listing.ts";
export { MillraceError, type MillraceErrorCode, type Problem } from "./millrace-error.ts";
export * from "./resources.ts";
export type { StreamState, WatchOptions } from "./stream/follow-events.ts";
export { isNewer } from "./stream/version.ts";
