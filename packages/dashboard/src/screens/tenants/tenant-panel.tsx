import type { Tenant, TenantWithHealth } from "@millrace/client";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { count } from "../../format/numbers.ts";
import { wholeTime } from "../../format/times.ts";
import { PeriodForm } from "../../retention/period-form.tsx";
import { PeriodList } from "../../retention/period-list.tsx";
import type { PeriodsChange } from "../../retention/retention-words.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TenantForm } from "./tenant-form.tsx";
import { TenantKeys } from "./tenant-keys.tsx";
import { TenantTrouble } from "./tenant-trouble.tsx";

/** One tenant: how its syncs are doing, what it may, how long its things are kept, and its keys. */
export function TenantPanel({
  tenant,
  onClose,
}: {
  readonly tenant: TenantWithHealth;
  readonly onClose: () => void;
}) {
  const [isChanging, setChanging] = useState(false);
  if (isChanging)
    return (
      <TenantForm tenant={tenant} onClose={() => setChanging(false)} onDone={() => setChanging(false)} />
    );
  return (
    <Dialog title={tenant.name} isSide onClose={onClose}>
      <TenantTrouble health={tenant.health} />
      <dl className="facts">
        <dt>Id</dt>
        <dd>
          <code>{tenant.id}</code>
        </dd>
        <dt>Syncs at once</dt>
        <dd>{tenant.runningSyncsMax === null ? "no cap" : count(tenant.runningSyncsMax)}</dd>
        <dt>Weight</dt>
        <dd className="number">{tenant.weight}</dd>
        <dt>Return addresses</dt>
        <dd>{tenant.returnUrls.join(", ") || "none"}</dd>
        <dt>Browser origins</dt>
        <dd>{tenant.browserOrigins.join(", ") || "none"}</dd>
        <dt>Made</dt>
        <dd>{wholeTime(tenant.createdAt)}</dd>
        <dt>Changed</dt>
        <dd>{wholeTime(tenant.updatedAt)}</dd>
      </dl>
      <div>
        <Button onClick={() => setChanging(true)}>Change</Button>
      </div>
      <TenantPeriods tenant={tenant} />
      <TenantKeys tenantId={tenant.id} />
    </Dialog>
  );
}

function TenantPeriods({ tenant }: { readonly tenant: Tenant }) {
  const { millrace } = useAccess();
  const queries = useQueryClient();
  const [isChanging, setChanging] = useState(false);
  const save = async (periods: PeriodsChange): Promise<void> => {
    await millrace.tenants.change(tenant.id, { retention: periods });
    await queries.invalidateQueries({ queryKey: ["tenants"] });
  };
  return (
    <section className="stack tenant-part" aria-label="How long things are kept">
      <h3>How long things are kept</h3>
      <PeriodList inForce={tenant.retentionInForce} />
      <div>
        <Button isSmall onClick={() => setChanging(true)}>
          Change the periods
        </Button>
      </div>
      {isChanging && <PeriodForm tenant={tenant} onSave={save} onClose={() => setChanging(false)} />}
    </section>
  );
}
