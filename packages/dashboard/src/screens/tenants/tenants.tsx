import "./tenants.css";
import { useQuery } from "@tanstack/react-query";
import { Building2, CircleCheck, Plus } from "lucide-react";
import { useState } from "react";
import { ListBody } from "../../list/list-body.tsx";
import { useAddress } from "../../list/use-address.ts";
import { useListing } from "../../list/use-listing.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { MissingNotice } from "../../ui/missing.tsx";
import { Empty, Page, Panel } from "../../ui/panels.tsx";
import { SelectField } from "../../ui/select-field.tsx";
import { TenantForm } from "./tenant-form.tsx";
import { TenantPanel } from "./tenant-panel.tsx";
import { TenantTable } from "./tenant-table.tsx";
import { conditionOf, conditions } from "./tenant-words.ts";

const readEveryMs = 10_000;

/** The businesses of this installation, how their syncs are doing, and how much each may run; for the operator. */
export function Tenants() {
  const { millrace } = useAccess();
  const [params, narrow] = useAddress();
  const [isMaking, setMaking] = useState(false);
  const having = conditionOf(params.get("having"));
  const wanted = params.get("tenant");
  const list = useListing({
    queryKey: ["tenants", having],
    pageSize: 100,
    refetchInterval: readEveryMs,
    read: () => millrace.tenants.list(having === undefined ? {} : { having }),
  });
  const open = useTenant(wanted);
  const make = (
    <Button look="main" icon={<Plus size={16} aria-hidden />} onClick={() => setMaking(true)}>
      New tenant
    </Button>
  );
  const none =
    having === undefined ? (
      <Empty icon={Building2} title="No tenants yet" action={make}>
        A tenant has mailboxes and keys of its own.
      </Empty>
    ) : (
      <Empty icon={CircleCheck} title={`No tenant ${conditionWords(having)}`}>
        <button type="button" className="as-link" onClick={() => narrow("having", "")}>
          Show all tenants
        </button>
      </Empty>
    );
  return (
    <Page title="Tenants" about="Businesses, and how their syncs are doing" actions={make}>
      {wanted !== null && open.error !== null && open.data === undefined && (
        <MissingNotice>
          The tenant <code>{wanted}</code> cannot be shown: {open.error.message}
        </MissingNotice>
      )}
      <Panel isBare>
        <div className="panel-head">
          <div className="filters">
            <SelectField
              isInline
              label="Show"
              any="all tenants"
              value={having ?? ""}
              choices={conditions}
              onChange={(value) => narrow("having", value)}
            />
          </div>
        </div>
        <ListBody list={list} empty={none}>
          {(tenants) => <TenantTable tenants={tenants} leadTo={(id) => addressOf(having, id)} />}
        </ListBody>
      </Panel>
      {open.data !== undefined && <TenantPanel tenant={open.data} onClose={() => narrow("tenant", "")} />}
      {isMaking && (
        <TenantForm
          tenant={null}
          onClose={() => setMaking(false)}
          onDone={({ id }) => {
            setMaking(false);
            narrow("tenant", id);
          }}
        />
      )}
    </Page>
  );
}

const conditionWords = (having: string): string => conditions.find(([value]) => value === having)?.[1] ?? "";

function addressOf(having: string | undefined, tenant: string): string {
  const params = new URLSearchParams({ ...(having !== undefined && { having }), tenant });
  return `/tenants?${params}`;
}

/** The one whose panel is open, which need not be in the list. */
function useTenant(id: string | null) {
  const { millrace } = useAccess();
  return useQuery({
    queryKey: ["tenants", "one", id],
    enabled: id !== null,
    refetchInterval: readEveryMs,
    queryFn: ({ signal }) => millrace.tenants.get(id ?? "", { signal }),
  });
}
