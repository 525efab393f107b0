import type { Attachment, Message } from "@millrace/client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Download, Paperclip } from "lucide-react";
import { saveFile } from "../../api/save-file.ts";
import { bytes } from "../../format/numbers.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Problem } from "../../ui/panels.tsx";

/** A message's files, and the message itself as it was sent. Each is asked for with the key when somebody wants it. */
export function Attachments({ message }: { readonly message: Message }) {
  const { millrace } = useAccess();
  const { data } = useQuery({
    queryKey: ["attachments", message.id],
    enabled: message.attachments.length > 0,
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      millrace.messages.attachments(message.id, { includeDeleted: "true" }, { signal }),
  });
  const files = data?.filter(({ disposition }) => disposition !== "inline") ?? [];
  const download = useMutation({
    mutationFn: async ({ id, filename, partId }: Attachment) =>
      saveFile(
        await millrace.messages.attachment(message.id, id, { includeDeleted: "true" }),
        nameOf(filename ?? `part-${partId}`),
      ),
  });
  const raw = useMutation({
    mutationFn: async () =>
      saveFile(
        await millrace.messages.raw(message.id, { includeDeleted: "true" }),
        nameOf(`${message.subject ?? message.id}.eml`),
      ),
  });
  const error = download.error ?? raw.error;
  return (
    <div className="attachments">
      {files.length > 0 && (
        <ul>
          {files.map((file) => (
            <li key={file.id}>
              <button
                type="button"
                className="attachment"
                disabled={download.isPending}
                onClick={() => download.mutate(file)}
              >
                <Paperclip size={15} aria-hidden />
                <span className="cut">{file.filename ?? file.mimeType}</span>
                <span className="faint small number">{bytes(file.sizeBytes)}</span>
                <span className="only-read">Download</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {message.rawSha256 !== null && (
        <Button
          isSmall
          look="quiet"
          icon={<Download size={14} aria-hidden />}
          disabled={raw.isPending}
          onClick={() => raw.mutate()}
        >
          As it was sent
        </Button>
      )}
      {error !== null && <Problem error={error} />}
    </div>
  );
}

/** What a sender calls a file is no path. */
const nameOf = (name: string): string => name.replace(/[\\/:*?"<>|\p{Cc}]+/gu, "_").slice(0, 120);
