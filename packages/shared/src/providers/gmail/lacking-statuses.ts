/** How servers say that they do not have a call: some emulators lack what Gmail has. */
export const lackingStatuses: ReadonlySet<unknown> = new Set([404, 405, 501]);
