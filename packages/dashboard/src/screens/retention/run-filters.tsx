import { useSearchParams } from "wouter";
import { type State, states, type Task, taskNamesFor, tasks } from "../../retention/retention-words.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Field } from "../../ui/controls.tsx";

export interface RunFilter {
  readonly task?: Task;
  readonly state?: State;
}

/** What is looked for stands in the address, so that it can be sent to a colleague. */
export function useRunFilter(): RunFilter {
  const { me } = useAccess();
  const [params] = useSearchParams();
  const task = taskNamesFor(me.kind).find((one) => one === params.get("task"));
  const state = (Object.keys(states) as State[]).find((one) => one === params.get("state"));
  return { ...(task && { task }), ...(state && { state }) };
}

export function RunFilters() {
  const { me } = useAccess();
  const { task = "", state = "" } = useRunFilter();
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
    <div className="row wrap push run-filters">
      <Field label="Task" isInline>
        <select value={task} onChange={({ target }) => narrow("task", target.value)}>
          <option value="">All</option>
          {taskNamesFor(me.kind).map((one) => (
            <option key={one} value={one}>
              {tasks[one].name}
            </option>
          ))}
        </select>
      </Field>
      <Field label="State" isInline>
        <select value={state} onChange={({ target }) => narrow("state", target.value)}>
          <option value="">Any</option>
          {Object.keys(states).map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </Field>
    </div>
  );
}
