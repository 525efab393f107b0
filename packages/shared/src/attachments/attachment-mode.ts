import { z } from "zod";

/**
 * What is kept of attachments beside their names and sizes. metadata: nothing, content is passed through from the
 * provider; lazy: what somebody asked for; eager: all that syncs fetch.
 */
export const attachmentModeSchema = z.enum(["metadata", "lazy", "eager"]);
export type AttachmentMode = z.infer<typeof attachmentModeSchema>;
