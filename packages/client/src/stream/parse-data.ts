import { MillraceError } from "../millrace-error.ts";

/** What an event bears: JSON, in the form that the API describes. */
export function parseData<T>({
  event,
  data,
}: {
  readonly event?: string | undefined;
  readonly data: string;
}): T {
  try {
    return JSON.parse(data) as T;
  } catch (cause) {
    throw new MillraceError({
      code: "unreadable",
      detail: `The stream sends a ${event} that is not JSON.`,
      cause,
    });
  }
}
