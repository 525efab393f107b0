import { z } from "zod";
import { timeSchema } from "./time.ts";

export const attachmentSchema = z
  .object({
    id: z.string().describe("Names it within its message"),
    partId: z.string().describe("Its place in the message's structure"),
    filename: z.string().nullable().describe("As the sender wrote it: never use it as a path"),
    mimeType: z.string().describe("As the sender declared it"),
    sizeBytes: z.int().nonnegative(),
    contentId: z.string().nullable(),
    disposition: z.string().nullable(),
    sha256: z.string().nullable().describe("Of its content; null while the content is not kept"),
    fetchedAt: timeSchema.nullable(),
    failure: z
      .object({ category: z.string(), message: z.string(), at: z.string() })
      .nullable()
      .describe("Why syncs leave its content alone; asking for the content tries again"),
    links: z.object({ content: z.string() }),
  })
  .meta({ id: "Attachment", description: "A part of a message that is a file" });
export type Attachment = z.infer<typeof attachmentSchema>;
