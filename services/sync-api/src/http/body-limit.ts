/** What a request's body may weigh. The largest sensible one has a few kilobytes. */
export const bodyBytesMax = 1024 ** 2;
