import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { tenantKey, useTenant } from "../../api/tenant.ts";
import { PeriodForm } from "../../retention/period-form.tsx";
import { PeriodList } from "../../retention/period-list.tsx";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Panel } from "../../ui/panels.tsx";

/** The tenant's own periods, which its key may change when it is an admin's. */
export function OwnPeriods() {
  const { millrace, can } = useAccess();
  const queries = useQueryClient();
  const tenant = useTenant();
  const [isChanging, setChanging] = useState(false);
  if (tenant === undefined) return null;
  return (
    <Panel
      title="How long things are kept"
      className="own-periods"
      aside={
        can("admin") && (
          <span className="push">
            <Button isSmall onClick={() => setChanging(true)}>
              Change
            </Button>
          </span>
        )
      }
    >
      <PeriodList inForce={tenant.retentionInForce} />
      {isChanging && (
        <PeriodForm
          tenant={tenant}
          onSave={async (retention) =>
            queries.setQueryData(tenantKey, await millrace.tenant.change({ retention }))
          }
          onClose={() => setChanging(false)}
        />
      )}
    </Panel>
  );
}
