import { MillraceError } from "@millrace/client";
import { CircleAlert, type LucideIcon } from "lucide-react";
import { type ReactNode, useId } from "react";
import { Button } from "./controls.tsx";

export function Page({
  title,
  about,
  actions,
  children,
}: {
  readonly title: ReactNode;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>{title}</h1>
          {about !== undefined && <p className="about">{about}</p>}
        </div>
        {actions !== undefined && <div className="actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function Panel({
  title,
  aside,
  isBare = false,
  className = "",
  children,
}: {
  readonly title?: string;
  readonly aside?: ReactNode;
  /** The content goes to the edges, as tables do. */
  readonly isBare?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  const heading = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={title === undefined ? undefined : heading}>
      {title !== undefined && (
        <div className="panel-head">
          <h2 id={heading}>{title}</h2>
          {aside}
        </div>
      )}
      {isBare ? (
        children
      ) : (
        <div className={title === undefined ? "panel-body even" : "panel-body"}>{children}</div>
      )}
    </section>
  );
}

/** Nothing is there, and what to do about it. */
export function Empty({
  icon: Icon,
  title,
  children,
  action,
}: {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <div className="empty">
      <Icon size={26} strokeWidth={1.6} aria-hidden />
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {action}
    </div>
  );
}

export interface ProblemProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

/** What went wrong, in the API's words, which say what to do. */
export function Problem({ error, onRetry }: ProblemProps) {
  const { title, detail } = wordsOf(error);
  return (
    <div className="problem" role="alert">
      <CircleAlert size={16} aria-hidden />
      <div>
        <p>{title}</p>
        {detail !== null && <p>{detail}</p>}
      </div>
      {onRetry !== undefined && (
        <span className="push">
          <Button isSmall onClick={onRetry}>
            Try again
          </Button>
        </span>
      )}
    </div>
  );
}

function wordsOf(error: unknown): { title: string; detail: string | null } {
  if (!(error instanceof Error)) return { title: String(error), detail: null };
  if (error instanceof MillraceError && error.code === "unreachable")
    return {
      title: "The server cannot be reached.",
      detail: "It is asked again by itself. Is sync-api running?",
    };
  const requestId = error instanceof MillraceError ? error.requestId : null;
  return { title: error.message, detail: requestId ? `Request ${requestId}` : null };
}

/** Lines in the place of what is loading. They show after a moment only: what is quick does not flicker. */
export function Skeleton({ lines = 3 }: { readonly lines?: number }) {
  const widths = ["72%", "54%", "63%", "40%", "68%"];
  return (
    <div className="stack" style={{ padding: "18px 16px" }} aria-busy="true">
      <span className="only-read">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        // Lines have nothing else.
        <span key={line} className="skeleton" style={{ width: widths[line % widths.length] }} />
      ))}
    </div>
  );
}
