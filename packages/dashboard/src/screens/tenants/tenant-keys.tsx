import type { ApiKey } from "@millrace/client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Copy, KeyRound } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useAccess } from "../../session/millrace-context.tsx";
import { Badge, Button, Field } from "../../ui/controls.tsx";
import { Problem, Skeleton } from "../../ui/panels.tsx";
import { Ago } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";

const keysShownMax = 100;
const scopes = ["read", "write", "admin"] as const;

/** A tenant's keys. A new one is shown here once, and nowhere else ever again. */
export function TenantKeys({ tenantId }: { readonly tenantId: string }) {
  const { millrace } = useAccess();
  const queries = useQueryClient();
  const keys = useQuery({
    queryKey: ["tenant-keys", tenantId],
    queryFn: async ({ signal }) =>
      (await millrace.tenants.keys(tenantId).page({ limit: keysShownMax, signal })).items,
  });
  const [name, setName] = useState("");
  const readAgain = () => queries.invalidateQueries({ queryKey: ["tenant-keys", tenantId] });
  const make = useMutation({
    mutationFn: () => millrace.tenants.createKey(tenantId, { name, scopes: [...scopes] }),
    onSuccess: () => {
      setName("");
      return readAgain();
    },
  });
  const revoke = useMutation({
    mutationFn: (id: string) => millrace.tenants.revokeKey(tenantId, id),
    onSuccess: () => {
      toast("The key is revoked");
      return readAgain();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    make.mutate();
  };
  const copy = async (key: string): Promise<void> => {
    await navigator.clipboard.writeText(key);
    toast("The key is copied");
  };
  const error = make.error ?? revoke.error;
  return (
    <section className="stack tenant-part" aria-label="Keys">
      <h3>Keys</h3>
      {keys.data === undefined && (keys.error === null ? <Skeleton /> : <Problem error={keys.error} />)}
      {keys.data?.length === 0 && (
        <p className="soft">None yet: without one the tenant cannot do anything.</p>
      )}
      <ul className="keys">
        {keys.data?.map((key) => (
          <KeyRow
            key={key.id}
            apiKey={key}
            onRevoke={() => revoke.mutate(key.id)}
            isBusy={revoke.isPending}
          />
        ))}
      </ul>
      {make.data !== undefined && (
        <div className="new-key">
          <p>
            <b>{make.data.name}</b>: copy it now, it is not shown again.
          </p>
          <div className="row">
            <code>{make.data.key}</code>
            <Button isSmall icon={<Copy size={14} aria-hidden />} onClick={() => void copy(make.data.key)}>
              Copy
            </Button>
          </div>
        </div>
      )}
      {error !== null && <Problem error={error} />}
      <form className="row" style={{ alignItems: "flex-end" }} onSubmit={submit}>
        <Field label="Name of a new key">
          <input required maxLength={200} value={name} onChange={({ target }) => setName(target.value)} />
        </Field>
        <Button type="submit" icon={<KeyRound size={15} aria-hidden />} disabled={make.isPending}>
          Make a key
        </Button>
      </form>
    </section>
  );
}

function KeyRow({
  apiKey: { name, hint, scopes, lastUsedAt, revokedAt, expiresAt },
  onRevoke,
  isBusy,
}: {
  readonly apiKey: ApiKey;
  readonly onRevoke: () => void;
  readonly isBusy: boolean;
}) {
  const [isSure, setSure] = useState(false);
  return (
    <li>
      <div>
        <b>{name}</b> <code className="faint">{hint}…</code>
        <div className="faint small">
          {scopes.join(", ")} · {lastUsedAt === null ? "never used" : "used "}
          {lastUsedAt !== null && <Ago at={lastUsedAt} />}
          {expiresAt !== null && revokedAt === null && (
            <>
              {" "}
              · ends <Ago at={expiresAt} />
            </>
          )}
        </div>
      </div>
      {revokedAt === null ? (
        <Button isSmall look="danger" disabled={isBusy} onClick={() => (isSure ? onRevoke() : setSure(true))}>
          {isSure ? "Revoke for good" : "Revoke"}
        </Button>
      ) : (
        <Badge>revoked</Badge>
      )}
    </li>
  );
}
