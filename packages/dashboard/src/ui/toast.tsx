import { useSyncExternalStore } from "react";

interface Toast {
  readonly id: number;
  readonly text: string;
}

const shownMs = 5_000;
const toastsMax = 3;
const listeners = new Set<() => void>();
let toasts: readonly Toast[] = [];
let made = 0;

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Says in a corner, and to screen readers, that something was done. What failed is said where it was asked for. */
export function toast(text: string): void {
  const id = ++made;
  set([...toasts, { id, text }].slice(-toastsMax));
  setTimeout(() => set(toasts.filter((one) => one.id !== id)), shownMs);
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div className="toasts" role="status">
      {shown.map(({ id, text }) => (
        <div key={id} className="toast">
          {text}
        </div>
      ))}
    </div>
  );
}
