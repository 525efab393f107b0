import { createMillrace, type Me, type Millrace } from "@millrace/client";
import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useMemo } from "react";
import { watchedFetch } from "../live/connection.ts";
import { SyncStore } from "../live/sync-store.ts";
import { signOut } from "./session.ts";

interface Access {
  readonly millrace: Millrace;
  readonly me: Me;
  readonly syncs: SyncStore;
}

const AccessContext = createContext<Access | null>(null);

/** The client that asks with somebody's key. A key that has ended leads to where one signs in. */
export const clientOf = (secret: string): Millrace =>
  createMillrace({
    baseUrl: location.origin,
    key: secret,
    fetch: async (input, init) => {
      const response = await watchedFetch(input, init);
      if (response.status === 401) signOut("The key is not valid any more. Sign in with another one.");
      return response;
    },
  });

export function AccessProvider({
  secret,
  waiting,
  failed,
  children,
}: {
  readonly secret: string;
  readonly waiting: ReactNode;
  readonly failed: (error: unknown, retry: () => void) => ReactNode;
  readonly children: ReactNode;
}) {
  const millrace = useMemo(() => clientOf(secret), [secret]);
  const syncs = useMemo(() => new SyncStore(), []);
  const {
    data: me,
    error,
    refetch,
  } = useQuery({ queryKey: ["me"], queryFn: ({ signal }) => millrace.me({ signal }) });
  const access = useMemo(() => (me === undefined ? null : { millrace, me, syncs }), [millrace, me, syncs]);
  if (access !== null) return <AccessContext value={access}>{children}</AccessContext>;
  return error === null ? waiting : failed(error, () => void refetch());
}

export function useAccess(): Access & { readonly can: (scope: "read" | "write" | "admin") => boolean } {
  const access = useContext(AccessContext);
  if (access === null) throw new Error("useAccess stands below AccessProvider.");
  return { ...access, can: (scope) => access.me.scopes.includes(scope) };
}
