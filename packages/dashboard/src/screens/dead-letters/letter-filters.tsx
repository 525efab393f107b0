import type { Account, DeadLetter } from "@millrace/client";
import { X } from "lucide-react";
import { useAddress } from "../../list/use-address.ts";
import { categories } from "../../sync/sync-words.ts";
import { Button } from "../../ui/controls.tsx";
import { mailboxChoices, namesItself, SelectField } from "../../ui/select-field.tsx";

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

/** What is looked for, as the address has it. */
export function useLetterFilter(): LetterFilter {
  const [params] = useAddress();
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
  const { state, category = "", accountId = "", syncId } = useLetterFilter();
  const [, narrow] = useAddress();
  return (
    <div className="panel-head filters">
      <SelectField
        label="State"
        isInline
        value={state}
        choices={states.map(namesItself)}
        onChange={(value) => narrow("state", value)}
      />
      <SelectField
        label="Reason"
        isInline
        any="Any"
        value={category}
        choices={Object.entries(categories)}
        onChange={(value) => narrow("category", value)}
      />
      <SelectField
        label="Account"
        isInline
        any="All"
        value={accountId}
        choices={mailboxChoices(accounts)}
        onChange={(value) => narrow("account", value)}
      />
      {syncId !== undefined && (
        <Button isSmall icon={<X size={14} aria-hidden />} onClick={() => narrow("sync", "")}>
          Of one sync
        </Button>
      )}
    </div>
  );
}
