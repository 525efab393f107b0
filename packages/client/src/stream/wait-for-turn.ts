import { wait } from "../http/wait.ts";

/** The part of a page's `window` that is used; Node has none. */
interface Page {
  addEventListener?(type: "online", listener: () => void, options: { readonly once: true }): void;
  removeEventListener?(type: "online", listener: () => void): void;
}

/** Waits until a stream is to be opened again: for a time, or in a page until the network is back, if that is sooner. */
export async function waitForTurn(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const page = globalThis as Page;
  const isBack = new AbortController();
  const comeBack = (): void => isBack.abort();
  page.addEventListener?.("online", comeBack, { once: true });
  try {
    await wait(ms, signal === undefined ? isBack.signal : AbortSignal.any([signal, isBack.signal]));
  } catch {
    signal?.throwIfAborted();
  } finally {
    page.removeEventListener?.("online", comeBack);
  }
}
