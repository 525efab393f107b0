import type { Message } from "@millrace/client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ImageOff } from "lucide-react";
import { useRef, useState } from "react";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Problem, Skeleton } from "../../ui/panels.tsx";
import { frameOf } from "./message-frame.ts";

const heightMin = 60;
const heightMax = 20_000;

/**
 * A message as the API has cleaned it, in a frame that runs nothing: without `allow-scripts` no script of it ever starts,
 * whatever the cleaning has missed. `allow-same-origin` lets this page see how high it is; links open in another tab.
 */
export function MessageBody({ message }: { readonly message: Message }) {
  const { millrace } = useAccess();
  const [images, setImages] = useState<"none" | "remote">("none");
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(heightMin);
  const { data, error, refetch } = useQuery({
    queryKey: ["message-html", message.id, images],
    staleTime: Infinity,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const answer = await millrace.messages.html(message.id, { images, includeDeleted: "true" }, { signal });
      return answer.text();
    },
  });
  const fit = (): void => {
    const shown = frame.current?.contentDocument?.documentElement;
    if (shown) setHeight(Math.min(heightMax, Math.max(heightMin, shown.scrollHeight)));
  };
  if (message.content === "metadata") {
    return <p className="soft message-note">Of this mailbox only headers are kept: {message.snippet}</p>;
  }
  if (data === undefined) {
    return error === null ? <Skeleton /> : <Problem error={error} onRetry={() => void refetch()} />;
  }
  const hasPictures = message.html !== null && /<img[^>]+src\s*=\s*["']?https?:/i.test(message.html);
  return (
    <>
      {hasPictures && images === "none" && (
        <p className="row wrap small soft message-note">
          <ImageOff size={15} aria-hidden /> Pictures from elsewhere are not loaded: they would tell the
          sender that this is read.
          <Button isSmall onClick={() => setImages("remote")}>
            Load them
          </Button>
        </p>
      )}
      <iframe
        ref={frame}
        className="message-frame"
        title={`Message: ${message.subject ?? "no subject"}`}
        sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
        referrerPolicy="no-referrer"
        srcDoc={frameOf(data, images === "remote")}
        style={{ height }}
        onLoad={fit}
      />
    </>
  );
}
