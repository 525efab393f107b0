import type { Sync } from "@millrace/client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CirclePause, CirclePlay, type LucideIcon, RotateCcw, X } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { useAccess } from "../../session/millrace-context.tsx";
import { wishesOf } from "../../sync/sync-words.ts";
import { Button } from "../../ui/controls.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Problem } from "../../ui/panels.tsx";
import { toast } from "../../ui/toast.tsx";

type Wish = ReturnType<typeof wishesOf>[number];

const wishes: Record<Wish, { name: string; done: string; icon: LucideIcon }> = {
  pause: { name: "Pause", done: "The sync pauses", icon: CirclePause },
  resume: { name: "Resume", done: "The sync goes on", icon: CirclePlay },
  retry: { name: "Retry", done: "It is tried again", icon: RotateCcw },
  cancel: { name: "Cancel", done: "The sync is cancelled", icon: X },
};

/** What one may ask of the sync now. Only cancelling is asked twice: it cannot be taken back. */
export function SyncActions({ sync }: { readonly sync: Sync }) {
  const { millrace, can } = useAccess();
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [isSure, setSure] = useState<boolean | null>(null);
  const wish = useMutation({
    mutationFn: (kind: Wish) => millrace.syncs[kind](sync.id),
    onSuccess: (answer, kind) => {
      setSure(null);
      toast(wishes[kind].done);
      if (answer.syncId !== sync.id) go(`/syncs/${answer.syncId}`);
      void queries.invalidateQueries({ queryKey: ["sync", sync.id] });
    },
  });
  if (!can("write")) return null;
  return (
    <>
      {wishesOf(sync).map((kind) => {
        const { name, icon: Icon } = wishes[kind];
        return (
          <Button
            key={kind}
            look={kind === "cancel" ? "danger" : kind === "pause" ? undefined : "main"}
            icon={<Icon size={16} aria-hidden />}
            disabled={wish.isPending}
            onClick={() => (kind === "cancel" ? setSure(false) : wish.mutate(kind))}
          >
            {name}
          </Button>
        );
      })}
      {wish.error !== null && isSure === null && (
        <Dialog title="That did not work" onClose={() => wish.reset()}>
          <Problem error={wish.error} />
        </Dialog>
      )}
      {isSure !== null && (
        <Dialog title="Cancel this sync?" onClose={() => setSure(null)}>
          <p className="soft">
            What was stored until now is kept, but it cannot go on. To stop for a while, pause it instead.
          </p>
          {wish.error !== null && <Problem error={wish.error} />}
          <div className="dialog-actions">
            <Button onClick={() => setSure(null)}>Keep it running</Button>
            <Button look="main" disabled={wish.isPending} onClick={() => wish.mutate("cancel")}>
              Cancel the sync
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
