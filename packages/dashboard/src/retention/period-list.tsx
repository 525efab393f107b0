import { plural } from "../format/numbers.ts";
import { type Periods, periodNames, periods } from "./retention-words.ts";

/** How long a tenant's things are kept. */
export function PeriodList({ own }: { readonly own: Periods }) {
  return (
    <dl className="facts">
      {periodNames.map((name) => {
        const days = own[name];
        return (
          <div key={name}>
            <dt>{periods[name].name}</dt>
            <dd className="number">
              {days === undefined ? <span className="faint">as for everybody</span> : plural(days, "day")}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
