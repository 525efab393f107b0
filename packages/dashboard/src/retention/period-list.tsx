import type { Tenant } from "@millrace/client";
import { daysInWords, periodNames, periods } from "./retention-words.ts";

/** How long a tenant's things are kept, and whether it has decided so itself. */
export function PeriodList({ inForce }: { readonly inForce: Tenant["retentionInForce"] }) {
  return (
    <dl className="facts">
      {periodNames.map((name) => {
        const { days, from } = inForce[name];
        return (
          <div key={name}>
            <dt>{periods[name]}</dt>
            <dd className="number">
              {days !== null && <div>{daysInWords(days)}</div>}
              <div className="faint small">{from === "tenant" ? "its own" : "as for everybody"}</div>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
