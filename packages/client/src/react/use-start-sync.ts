"use client";

import { useCallback, useRef, useState } from "react";
import type { Millrace } from "../create-millrace.ts";
import { newIdempotencyKey } from "../http/new-idempotency-key.ts";
import type { MillraceError } from "../millrace-error.ts";
import { millraceErrorOf } from "./sync-source.ts";
import { useMillrace } from "./use-millrace.ts";

type Request = Parameters<Millrace["syncs"]["start"]>[0];

export interface StartSync {
  /**
   * Asks for a sync. The same request again, after one whose answer was lost, is the same sync; so is a second click.
   *
   * @returns its id; null when that failed, and `error` says why
   */
  start(request: Request): Promise<string | null>;
  readonly isStarting: boolean;
  /** Of the newest one that was started here. */
  readonly syncId: string | null;
  readonly error: MillraceError | null;
}

const idle = { isStarting: false, syncId: null as string | null, error: null as MillraceError | null };

/** Starts syncs with the client's key. Browser tokens may only watch: there the app's own server starts them. */
export function useStartSync(): StartSync {
  const client = useMillrace();
  const [state, setState] = useState(idle);
  const attempt = useRef<{
    readonly request: string;
    readonly key: string;
    promise: Promise<string | null> | null;
  }>(null);
  const start = useCallback(
    (request: Request): Promise<string | null> => {
      const text = JSON.stringify(request);
      const before = attempt.current;
      const current =
        before?.request === text ? before : { request: text, key: newIdempotencyKey(), promise: null };
      attempt.current = current;
      current.promise ??= (async () => {
        setState((known) => ({ ...known, isStarting: true, error: null }));
        try {
          const { syncId } = await client.syncs.start(request, { idempotencyKey: current.key });
          if (attempt.current === current) attempt.current = null; // the next one is another sync
          setState({ isStarting: false, syncId, error: null });
          return syncId;
        } catch (error) {
          current.promise = null;
          setState((known) => ({ ...known, isStarting: false, error: millraceErrorOf(error) }));
          return null;
        }
      })();
      return current.promise;
    },
    [client],
  );
  return { ...state, start };
}
