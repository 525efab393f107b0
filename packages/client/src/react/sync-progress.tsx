"use client";

import { type CSSProperties, type ReactNode, useRef } from "react";
import type { Sync } from "../resources.ts";
import { type ProgressMessages, progressMessages } from "./progress-messages.ts";
import type { SyncView } from "./sync-source.ts";
import { useNowMs } from "./use-now-ms.ts";
import { useSync } from "./use-sync.ts";
import { type ProgressView, viewProgress } from "./view-progress.ts";

type Slot = "root" | "title" | "detail" | "track" | "bar" | "hint";

interface Looks {
  /** Words to be said otherwise, in another language say. */
  readonly messages?: Partial<ProgressMessages> | undefined;
  readonly className?: string | undefined;
  /** More classes for each part, besides `millrace-progress__…`. */
  readonly classNames?: Partial<Readonly<Record<Slot, string>>> | undefined;
  readonly style?: CSSProperties | undefined;
  /** Below the words: a button to resume, or to connect the mailbox again. */
  readonly children?: ReactNode | ((view: ProgressView) => ReactNode);
}

/** The sync to show: its `id`, which is watched; or the `sync` itself, from wherever it comes. */
export type SyncProgressProps = Looks &
  (
    | { readonly id: string | null | undefined; readonly sync?: never }
    | { readonly sync: Sync | null; readonly id?: never }
  );

/**
 * A sync's progress, in words and as a bar: `@millrace/client/react/sync-progress.css` is how it looks, and CSS variables
 * (`--millrace-accent` …) are how it looks otherwise.
 */
export function SyncProgress(props: SyncProgressProps) {
  const { id, sync, ...looks } = props;
  if (sync === undefined) return <WatchedProgress id={id} {...looks} />;
  // Whether it is still what it was when it was handed over, nobody here knows.
  return <ShownProgress view={{ sync, state: "loading", error: null }} {...looks} />;
}

function WatchedProgress({ id, ...looks }: Looks & { readonly id: string | null | undefined }) {
  return <ShownProgress key={id} view={useSync(id)} {...looks} />;
}

function ShownProgress({ view, messages, children, ...looks }: Looks & { readonly view: SyncView }) {
  const words = { ...progressMessages, ...messages };
  const shown = viewProgress(view, words, useNowMs(view.sync?.status === "running"));
  const fraction = useHighest(shown.fraction, view.sync?.id);
  const classOf = (slot: Slot): string =>
    [slot === "root" ? "millrace-progress" : `millrace-progress__${slot}`, looks.classNames?.[slot]]
      .join(" ")
      .trim();
  return (
    <div
      className={[classOf("root"), looks.className].join(" ").trim()}
      style={looks.style}
      data-status={shown.status}
      data-tone={shown.tone}
    >
      {/* What is announced is a new state, not each message. */}
      <p role="status" className={classOf("title")}>
        {shown.title}
      </p>
      {shown.detail !== null && <p className={classOf("detail")}>{shown.detail}</p>}
      <Bar fraction={fraction} view={shown} label={words.label} classOf={classOf} />
      <p role="status" className={classOf("hint")}>
        {shown.hint}
      </p>
      {typeof children === "function" ? children(shown) : children}
    </div>
  );
}

interface BarProps {
  readonly fraction: number | null;
  readonly view: ProgressView;
  readonly label: string;
  readonly classOf: (slot: Slot) => string;
}

function Bar({ fraction, view: { title, detail }, label, classOf }: BarProps) {
  const percent = fraction === null ? null : Math.floor(fraction * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuetext={[title, detail].filter((words) => words !== null).join(": ")}
      {...(percent === null ? {} : { "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": percent })}
      className={classOf("track")}
      data-indeterminate={percent === null ? "" : undefined}
    >
      <div
        className={classOf("bar")}
        style={fraction === null ? undefined : { inlineSize: `${(fraction * 100).toFixed(2)}%` }}
      />
    </div>
  );
}

/** An estimate that is corrected does not send the bar back. */
function useHighest(fraction: number | null, id: string | undefined): number | null {
  const highest = useRef({ id, fraction: 0 });
  if (highest.current.id !== id) highest.current = { id, fraction: 0 };
  if (fraction === null) return null;
  highest.current.fraction = Math.max(highest.current.fraction, fraction);
  return highest.current.fraction;
}
