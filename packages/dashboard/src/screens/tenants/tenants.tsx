import "./tenants.css";
import type { Tenant } from "@millrace/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Building2, Plus } from "lucide-react";
import { useState } from "react";
import { count, plural } from "../../format/numbers.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Empty, Page, Panel, Problem, Skeleton } from "../../ui/panels.tsx";
import { Ago } from "../../ui/time.tsx";
import { TenantForm } from "./tenant-form.tsx";
import { TenantPanel } from "./tenant-panel.tsx";

const pageSize = 100;

/** The businesses of this installation, with how much each may run; for the operator. */
export function Tenants() {
  const { millrace } = useAccess();
  const [chosen, setChosen] = useState<string | null>(null);
  const [isMaking, setMaking] = useState(false);
  const list = useInfiniteQuery({
    queryKey: ["tenants"],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      millrace.tenants
        .list()
        .page({ limit: pageSize, signal, ...(pageParam !== "" && { cursor: pageParam }) }),
    getNextPageParam: (page) => page.nextCursor,
  });
  const tenants = list.data?.pages.flatMap(({ items }) => [...items]);
  const open = tenants?.find(({ id }) => id === chosen);
  const make = (
    <Button look="main" icon={<Plus size={16} aria-hidden />} onClick={() => setMaking(true)}>
      New tenant
    </Button>
  );
  return (
    <Page title="Tenants" about="Businesses; nothing crosses from one to another" actions={make}>
      <Panel isBare>
        {list.error !== null && tenants === undefined && (
          <div className="panel-body even">
            <Problem error={list.error} onRetry={() => void list.refetch()} />
          </div>
        )}
        {tenants === undefined && list.error === null && <Skeleton lines={4} />}
        {tenants?.length === 0 && (
          <Empty icon={Building2} title="No tenants yet" action={make}>
            A tenant has mailboxes and keys of its own.
          </Empty>
        )}
        {tenants !== undefined && tenants.length > 0 && (
          <TenantTable tenants={tenants} onChoose={setChosen} />
        )}
        {list.hasNextPage && (
          <div className="panel-body even">
            <Button isSmall disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              Show more
            </Button>
          </div>
        )}
      </Panel>
      {open !== undefined && <TenantPanel tenant={open} onClose={() => setChosen(null)} />}
      {isMaking && (
        <TenantForm
          tenant={null}
          onClose={() => setMaking(false)}
          onDone={({ id }) => {
            setMaking(false);
            setChosen(id);
          }}
        />
      )}
    </Page>
  );
}

function TenantTable({
  tenants,
  onChoose,
}: {
  readonly tenants: readonly Tenant[];
  readonly onChoose: (id: string) => void;
}) {
  return (
    <div className="table-scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Tenant</th>
            <th scope="col" className="number">
              Syncs at once
            </th>
            <th scope="col" className="number">
              Weight
            </th>
            <th scope="col">Return addresses</th>
            <th scope="col">Made</th>
          </tr>
        </thead>
        <tbody>
          {tenants.map(({ id, name, runningSyncsMax, weight, returnUrls, createdAt }) => (
            // The button in it is what a keyboard reaches.
            <tr key={id} className="clickable" onClick={() => onChoose(id)}>
              <td>
                <button type="button" className="as-link" onClick={() => onChoose(id)}>
                  {name}
                </button>
                <div>
                  <code className="faint">{id}</code>
                </div>
              </td>
              <td className="number">{runningSyncsMax === null ? "no cap" : count(runningSyncsMax)}</td>
              <td className="number">{weight}</td>
              <td className="soft">
                {returnUrls.length === 0 ? (
                  <span className="faint">none</span>
                ) : (
                  plural(returnUrls.length, "address", "addresses")
                )}
              </td>
              <td className="fit">
                <Ago at={createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
