import { ChevronRight } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";

/** A table that may be wider than its place: then it says so at its edge, and is scrolled with the keyboard as well. */
export function TableScroll({
  label,
  className = "",
  children,
}: {
  /** What is in it, for who cannot see it. */
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const [{ isWider, isAtEnd }, setStanding] = useState({ isWider: false, isAtEnd: true });
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const look = (): void => {
      const hidden = element.scrollWidth - element.clientWidth;
      const next = { isWider: hidden > 1, isAtEnd: element.scrollLeft >= hidden - 1 };
      setStanding((now) => (now.isWider === next.isWider && now.isAtEnd === next.isAtEnd ? now : next));
    };
    const observer = new ResizeObserver(look);
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);
  const reached = isWider ? { tabIndex: 0, role: "region", "aria-label": label } : {};
  return (
    <div className={`table-frame ${className}`}>
      <div className="table-scroll" ref={frame} {...reached}>
        {children}
      </div>
      {isWider && !isAtEnd && (
        <span className="table-more" aria-hidden>
          <ChevronRight size={15} />
        </span>
      )}
    </div>
  );
}
