import type { Tenant } from "@millrace/client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAccess } from "../../session/millrace-context.tsx";
import { Field } from "../../ui/controls.tsx";
import { FormDialog } from "../../ui/form-dialog.tsx";
import { toast } from "../../ui/toast.tsx";

/** Makes a tenant, or changes one. @param tenant null: a new one */
export function TenantForm({
  tenant,
  onClose,
  onDone,
}: {
  readonly tenant: Tenant | null;
  readonly onClose: () => void;
  readonly onDone: (tenant: Tenant) => void;
}) {
  const { millrace } = useAccess();
  const queries = useQueryClient();
  const [name, setName] = useState(tenant?.name ?? "");
  const [id, setId] = useState("");
  const [cap, setCap] = useState(tenant?.runningSyncsMax?.toString() ?? "");
  const [weight, setWeight] = useState(tenant?.weight.toString() ?? "1");
  const save = useMutation({
    mutationFn: () => {
      const wanted = { name, runningSyncsMax: cap === "" ? null : Number(cap), weight: Number(weight) };
      if (tenant !== null) return millrace.tenants.change(tenant.id, wanted);
      return millrace.tenants.create({ ...wanted, ...(id !== "" && { id }) });
    },
    onSuccess: async (saved) => {
      await queries.invalidateQueries({ queryKey: ["tenants"] });
      toast(tenant === null ? "The tenant is made" : "The tenant is changed");
      onDone(saved);
    },
  });
  return (
    <FormDialog
      title={tenant === null ? "New tenant" : `Change ${tenant.name}`}
      sending={save}
      send={save.isPending ? "Saving …" : "Save"}
      onClose={onClose}
    >
      <Field label="Name">
        <input required value={name} maxLength={200} onChange={({ target }) => setName(target.value)} />
      </Field>
      {tenant === null && (
        <Field label="Id" hint="Small letters, digits and hyphens; chosen for you when it is empty">
          <input value={id} spellCheck={false} onChange={({ target }) => setId(target.value)} />
        </Field>
      )}
      <div className="two">
        <Field label="Syncs at once" hint="Empty: no cap">
          <input
            type="number"
            min={1}
            max={100_000}
            value={cap}
            onChange={({ target }) => setCap(target.value)}
          />
        </Field>
        <Field label="Weight" hint="Twice the weight, twice the window">
          <input
            type="number"
            required
            min={0.01}
            max={100}
            step="any"
            value={weight}
            onChange={({ target }) => setWeight(target.value)}
          />
        </Field>
      </div>
    </FormDialog>
  );
}
