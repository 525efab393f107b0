import { z } from "zod";

const labelIds = z.array(z.string().min(1).max(1024)).max(1000);

/**
 * What has become of one message, all its changes taken together. appeared: it came, or came back; vanished: it was
 * deleted for good; hidden: it was put into trash or spam; relabelled: only its labels changed.
 */
export const netChangeSchema = z.object({
  kind: z.enum(["appeared", "vanished", "hidden", "relabelled"]),
  at: z.string().max(256).describe("The provider's position of its last change"),
  added: labelIds.describe("Labels that it has now and may not have had"),
  removed: labelIds.describe("Labels that it has no more"),
  hiddenAs: z.enum(["trash", "spam"]).nullable().describe("Only of one that is hidden"),
});
export type NetChange = z.infer<typeof netChangeSchema>;
