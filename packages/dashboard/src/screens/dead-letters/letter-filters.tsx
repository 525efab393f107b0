import type { Account, DeadLetter } from "@millrace/client";
import { X } from "lucide-react";
import { useSearchParams } from "wouter";
import { categories } from "../../sync/sync-words.ts";
import { Button, Field } from "../../ui/controls.tsx";

type State = DeadLetter["state"];
const states: readonly State[] = ["open", "redriving", "resolved", "discarded"];
const scopes = ["chunk", "message"] as const;

export interface LetterFilter {
  readonly state: State;
  readonly accountId?: string;
  readonly syncId?: string;
  readonly category?: DeadLetter["category"];
  readonly scope?: DeadLetter["scope"];
}

/** What is looked for stands in the address, so that it can be sent to a colleague. */
export function useLetterFilter(): LetterFilter {
  const [params] = useSearchParams();
  const accountId = params.get("account");
  const syncId = params.get("sync");
  const category = Object.keys(categories).find((one) => one === params.get("category"));
  const scope = scopes.find((one) => one === params.get("scope"));
  return {
    state: states.find((one) => one === params.get("state")) ?? "open",
    ...(accountId && { accountId }),
    ...(syncId && { syncId }),
    ...(category && { category: category as DeadLetter["category"] }),
    ...(scope && { scope }),
  };
}

export function LetterFilters({ accounts }: { readonly accounts: readonly Account[] }) {
  const filter = useLetterFilter();
  const [, setParams] = useSearchParams();
  const narrow = (name: string, value: string): void =>
    setParams(
      (before) => {
        if (value === "") before.delete(name);
        else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  return (
    <div className="panel-head letter-filters">
      <Field label="State" isInline>
        <select value={filter.state} onChange={({ target }) => narrow("state", target.value)}>
          {states.map((state) => (
            <option key={state}>{state}</option>
          ))}
        </select>
      </Field>
      <Field label="Reason" isInline>
        <select value={filter.category ?? ""} onChange={({ target }) => narrow("category", target.value)}>
          <option value="">Any</option>
          {Object.entries(categories).map(([category, name]) => (
            <option key={category} value={category}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <Field label="Account" isInline>
        <select value={filter.accountId ?? ""} onChange={({ target }) => narrow("account", target.value)}>
          <option value="">All</option>
          {accounts.map(({ id, email }) => (
            <option key={id} value={id}>
              {email}
            </option>
          ))}
        </select>
      </Field>
      {filter.syncId !== undefined && (
        <Button isSmall icon={<X size={14} aria-hidden />} onClick={() => narrow("sync", "")}>
          Of one sync
        </Button>
      )}
    </div>
  );
}
