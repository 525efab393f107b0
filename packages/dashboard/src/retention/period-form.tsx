import type { Tenant } from "@millrace/client";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Field } from "../ui/controls.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";
import { toast } from "../ui/toast.tsx";
import {
  daysInWords,
  hintOf,
  type Periods,
  type PeriodsChange,
  periodNames,
  periods,
} from "./retention-words.ts";

type Texts = Partial<Record<keyof Periods, string>>;

/** Periods of a tenant's own; what is left empty is as it is for everybody. @param onSave has them saved */
export function PeriodForm({
  tenant: { retention: own, retentionInForce: inForce },
  onSave,
  onClose,
}: {
  readonly tenant: Pick<Tenant, "retention" | "retentionInForce">;
  readonly onSave: (change: PeriodsChange) => Promise<unknown>;
  readonly onClose: () => void;
}) {
  const [texts, setTexts] = useState<Texts>(() =>
    Object.fromEntries(periodNames.map((name) => [name, own[name]?.toString() ?? ""])),
  );
  const save = useMutation({
    mutationFn: () => onSave(changeOf(texts)),
    onSuccess: () => {
      toast("The periods are changed");
      onClose();
    },
  });
  return (
    <FormDialog
      title="How long things are kept"
      sending={save}
      send={save.isPending ? "Saving …" : "Save"}
      onClose={onClose}
    >
      <p className="soft">
        In days. What is left empty is as it is for everybody, which stands in the field. A shorter period
        removes what has had its time with the next run.
      </p>
      <div className="two">
        {periodNames.map((name) => (
          <Field key={name} label={periods[name]} hint={hintOf(inForce[name])}>
            <input
              type="number"
              min={inForce[name].daysMin}
              max={inForce[name].daysMax}
              placeholder={placeholderOf(inForce[name].defaultDays)}
              value={texts[name] ?? ""}
              onChange={({ target }) => setTexts((before) => ({ ...before, [name]: target.value }))}
            />
          </Field>
        ))}
      </div>
    </FormDialog>
  );
}

const placeholderOf = (defaultDays: number | null): string =>
  defaultDays === null ? "as for everybody" : daysInWords(defaultDays);

const changeOf = (texts: Texts): PeriodsChange =>
  Object.fromEntries(periodNames.map((name) => [name, texts[name] ? Number(texts[name]) : null]));
