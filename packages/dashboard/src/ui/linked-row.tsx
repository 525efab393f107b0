import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";

/** A row of a table that leads somewhere, with its name in the first cell, what stands below that, and its other cells. */
export function LinkedRow({
  href,
  name,
  below,
  children,
}: {
  readonly href: string;
  readonly name: ReactNode;
  readonly below: ReactNode;
  readonly children: ReactNode;
}) {
  const [, go] = useLocation();
  return (
    // The link in it is what a keyboard reaches; the rest of the row is a larger target for a pointer.
    <tr className="clickable" onClick={() => go(href)}>
      <td className="named">
        <Link href={href} className="strong" onClick={(event) => event.stopPropagation()}>
          {name}
        </Link>
        {below}
      </td>
      {children}
    </tr>
  );
}
