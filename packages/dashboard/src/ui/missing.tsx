import { MillraceError } from "@millrace/client";
import { SearchX } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { Empty, Page, Panel } from "./panels.tsx";

/** What an address leads to is not there: never was, or is no more. It leads back. */
export function Missing({
  title,
  children,
  back,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly back: readonly [href: string, name: string];
}) {
  return (
    <Page title={title}>
      <Panel isBare>
        <Empty
          icon={SearchX}
          title="There is nothing here"
          action={
            <Link href={back[0]} className="button main">
              {back[1]}
            </Link>
          }
        >
          {children}
        </Empty>
      </Panel>
    </Page>
  );
}

/** Something that an address names beside what is shown is not there. */
export function MissingNotice({ children }: { readonly children: ReactNode }) {
  return (
    <div className="problem" data-tone="warn" role="status">
      <SearchX size={16} aria-hidden />
      <p>{children}</p>
    </div>
  );
}

/** The server knows nothing by that id, or what was typed is none. */
export const isMissing = (error: unknown): boolean =>
  error instanceof MillraceError && (error.status === 404 || error.status === 400);
