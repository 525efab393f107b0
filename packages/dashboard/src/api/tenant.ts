import type { Tenant } from "@millrace/client";
import { useQuery } from "@tanstack/react-query";
import { useAccess } from "../session/millrace-context.tsx";

export const tenantKey = ["tenant"] as const;

/** The tenant that the key belongs to; undefined while that is not known, and for operators, who have none. */
export function useTenant(): Tenant | undefined {
  const { millrace, me } = useAccess();
  const { data } = useQuery({
    queryKey: tenantKey,
    queryFn: ({ signal }) => millrace.tenant.get({ signal }),
    enabled: me.kind === "tenant",
  });
  return data;
}
