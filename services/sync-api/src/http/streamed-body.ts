import type { Readable } from "node:stream";
import { z } from "zod";

/** A body that is sent as a stream. It is described as text, and passes no serializer. */
export const streamedBody = z.string() as unknown as z.ZodType<Readable>;
