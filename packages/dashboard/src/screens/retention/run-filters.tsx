import { useAddress } from "../../list/use-address.ts";
import { type State, states, type Task, taskNamesFor, tasks } from "../../retention/retention-words.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { namesItself, SelectField } from "../../ui/select-field.tsx";

export interface RunFilter {
  readonly task?: Task;
  readonly state?: State;
  /** Runs that found nothing to remove: an operator has hundreds of them (the newest that was asked for is shown all the same), a tenant one a task by each dry run. */
  readonly includeEmpty: "true" | "false";
}

const stateNames = Object.keys(states) as State[];

/** What is looked for, as the address has it. */
export function useRunFilter(): RunFilter {
  const { me } = useAccess();
  const [params] = useAddress();
  const task = taskNamesFor(me.kind).find((one) => one === params.get("task"));
  const state = stateNames.find((one) => one === params.get("state"));
  const includeEmpty = params.get("empty") === "shown" ? "true" : "false";
  return { ...(task && { task }), ...(state && { state }), includeEmpty };
}

export function RunFilters() {
  const { me } = useAccess();
  const { task = "", state = "", includeEmpty } = useRunFilter();
  const [, narrow] = useAddress();
  return (
    <div className="row wrap push filters">
      <label className="row">
        <input
          type="checkbox"
          checked={includeEmpty === "true"}
          onChange={({ target }) => narrow("empty", target.checked ? "shown" : "")}
        />
        <span>With {me.kind === "operator" ? "" : "dry "}runs that found nothing</span>
      </label>
      <SelectField
        label="Task"
        isInline
        any="All"
        value={task}
        choices={taskNamesFor(me.kind).map((one) => [one, tasks[one].name] as const)}
        onChange={(value) => narrow("task", value)}
      />
      <SelectField
        label="State"
        isInline
        any="Any"
        value={state}
        choices={stateNames.map(namesItself)}
        onChange={(value) => narrow("state", value)}
      />
    </div>
  );
}
