import type { Account } from "@millrace/client";
import { useQuery } from "@tanstack/react-query";
import { useAccess } from "../session/millrace-context.tsx";

/** So many are shown by name and offered for choice; more are found by their address. */
const accountsMax = 1_000;
const perPage = 200;

/** The tenant's accounts, by their address. */
export function useAccounts() {
  const { millrace, me } = useAccess();
  return useQuery({
    queryKey: ["accounts"],
    enabled: me.kind !== "operator" && me.syncId === null,
    refetchInterval: 15_000,
    queryFn: async ({ signal }): Promise<Account[]> => {
      const found: Account[] = [];
      let cursor: string | null = null;
      do {
        const page: { readonly items: readonly Account[]; readonly nextCursor: string | null } =
          await millrace.accounts.list().page({ limit: perPage, signal, ...(cursor !== null && { cursor }) });
        found.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null && found.length < accountsMax);
      return found.sort((a, b) => a.email.localeCompare(b.email));
    },
  });
}

export function useAccount(id: string): Account | undefined {
  const { data } = useAccounts();
  return data?.find((account) => account.id === id);
}
