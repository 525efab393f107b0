import type { Sync } from "@millrace/client";
import { useQuery } from "@tanstack/react-query";
import { Copy, ExternalLink } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { readSettings } from "../../api/watching.ts";
import { wholeTime } from "../../format/times.ts";
import { Button } from "../../ui/controls.tsx";
import { Panel } from "../../ui/panels.tsx";
import { toast } from "../../ui/toast.tsx";

/** What a support engineer copies into a ticket. */
export function SyncFacts({ sync }: { readonly sync: Sync }) {
  const { data: settings } = useQuery({ queryKey: ["settings"], queryFn: readSettings, staleTime: Infinity });
  const trace = settings?.traceUrl?.replaceAll("{traceId}", sync.traceId);
  const facts: [string, ReactNode][] = [
    ["Sync", <Copyable key="id" text={sync.id} what="Sync id" />],
    ["Account", <Copyable key="account" text={sync.accountId} what="Account id" />],
    [
      "Trace",
      <span key="trace" className="row">
        <Copyable text={sync.traceId} what="Trace id" />
        {trace !== undefined && (
          <a href={trace} target="_blank" rel="noreferrer" className="row">
            Open <ExternalLink size={13} aria-hidden />
            <span className="only-read">the trace in another tab</span>
          </a>
        )}
      </span>,
    ],
    ["Requested", sync.requestedAt && wholeTime(sync.requestedAt)],
    ["Started", sync.startedAt && wholeTime(sync.startedAt)],
    ["Ended", sync.endedAt && wholeTime(sync.endedAt)],
    ["Lane", sync.lane],
    ["Content", sync.content],
    ["Chunk size", sync.scope.chunkSize],
    ["Query", sync.scope.query],
    ["Labels", sync.scope.labelIds?.join(", ")],
    ["Watermark", sync.watermark && <code key="watermark">{sync.watermark}</code>],
    [
      "Coalesced into",
      sync.coalescedInto && (
        <Link key="into" href={`/syncs/${sync.coalescedInto}`}>
          <code>{sync.coalescedInto}</code>
        </Link>
      ),
    ],
    ["Version", <code key="version">{sync.version}</code>],
  ];
  return (
    <Panel title="Details">
      <dl className="facts small">
        {facts
          .filter(([, value]) => value !== null && value !== undefined && value !== "")
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </Panel>
  );
}

function Copyable({ text, what }: { readonly text: string; readonly what: string }) {
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied`);
  };
  return (
    <span className="row copyable">
      <code className="cut" title={text}>
        {text}
      </code>
      <Button
        look="quiet"
        aria-label={`Copy ${what}`}
        icon={<Copy size={13} aria-hidden />}
        onClick={() => void copy()}
      />
    </span>
  );
}
