import type { Sync } from "../resources.ts";

/**
 * How many messages of a sync are dealt with, those of chunks that are still open as well: what every bar shows. An API of an
 * earlier release tells of chunks that are done only.
 */
export const handledOf = ({ handled, settled }: Sync["progress"]): number => handled ?? settled;
