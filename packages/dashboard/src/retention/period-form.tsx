import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Button, Field } from "../ui/controls.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Problem } from "../ui/panels.tsx";
import { toast } from "../ui/toast.tsx";
import { daysMax, type Periods, periodNames, periods } from "./retention-words.ts";

type Texts = Partial<Record<keyof Periods, string>>;

/** Periods of a tenant's own; what is left empty is as it is for everybody. @param onSave has them saved */
export function PeriodForm({
  own,
  onSave,
  onClose,
}: {
  readonly own: Periods;
  readonly onSave: (periods: Periods) => Promise<unknown>;
  readonly onClose: () => void;
}) {
  const [texts, setTexts] = useState<Texts>(() =>
    Object.fromEntries(periodNames.map((name) => [name, own[name]?.toString() ?? ""])),
  );
  const save = useMutation({
    mutationFn: () => onSave(periodsOf(texts)),
    onSuccess: () => {
      toast("The periods are changed");
      onClose();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog title="How long things are kept" onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p className="soft">
          In days. What is left empty is as it is for everybody. A shorter period removes what has had its
          time with the next run.
        </p>
        <div className="two">
          {periodNames.map((name) => (
            <Field
              key={name}
              label={periods[name].name}
              hint={periods[name].min > 1 ? `${periods[name].min} days at least` : undefined}
            >
              <input
                type="number"
                min={periods[name].min}
                max={daysMax}
                placeholder="as for everybody"
                value={texts[name] ?? ""}
                onChange={({ target }) => setTexts((before) => ({ ...before, [name]: target.value }))}
              />
            </Field>
          ))}
        </div>
        {save.error !== null && <Problem error={save.error} />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Not now</Button>
          <Button look="main" type="submit" disabled={save.isPending}>
            {save.isPending ? "Saving …" : "Save"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const periodsOf = (texts: Texts): Periods =>
  Object.fromEntries(
    periodNames.flatMap((name) => (texts[name] ? [[name, Number(texts[name])] as const] : [])),
  );
