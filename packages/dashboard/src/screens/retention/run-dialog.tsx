import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { plural } from "../../format/numbers.ts";
import { type Task, taskNamesFor, tasks } from "../../retention/retention-words.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Problem } from "../../ui/panels.tsx";
import { SelectField } from "../../ui/select-field.tsx";
import { toast } from "../../ui/toast.tsx";

/** Has what has had its time removed now. It cannot be taken back, so it is asked for here, with what it is. */
export function RunDialog({
  task: first,
  onClose,
}: {
  readonly task: Task | undefined;
  readonly onClose: () => void;
}) {
  const { millrace, me } = useAccess();
  const queries = useQueryClient();
  const [task, setTask] = useState<Task | "">(first ?? "");
  const run = useMutation({
    mutationFn: () => millrace.retention.run(task === "" ? {} : { task }),
    onSuccess: ({ runs }) => {
      toast(`${plural(runs.length, "run")} asked for`);
      onClose();
      return queries.invalidateQueries({ queryKey: ["retention-runs"] });
    },
  });
  const whose = me.kind === "operator" ? "every tenant" : "this tenant";
  return (
    <Dialog title="Remove what has had its time?" onClose={onClose}>
      <p className="soft">
        The janitor does it within seconds, for {whose}, and there is no way back. It would do the same by its
        schedule. Accounts that are held are left alone; a dry run says before what would go.
      </p>
      <SelectField
        label="Task"
        hint={task === "" ? "One after the other" : tasks[task].about}
        any="All of them"
        value={task}
        choices={taskNamesFor(me.kind).map((name) => [name, tasks[name].name] as const)}
        onChange={setTask}
      />
      {run.error !== null && <Problem error={run.error} />}
      <div className="dialog-actions">
        <Button onClick={onClose}>Not now</Button>
        <Button look="main" disabled={run.isPending} onClick={() => run.mutate()}>
          Remove it
        </Button>
      </div>
    </Dialog>
  );
}
