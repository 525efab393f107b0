import type { Account } from "@millrace/client";
import type { ReactNode } from "react";
import { Field } from "./controls.tsx";

type Choice<Value extends string> = readonly [value: Value, name: string];

export const namesItself = <Value extends string>(value: Value): Choice<Value> => [value, value];
export const mailboxChoices = (accounts: readonly Account[] | undefined): Choice<string>[] =>
  accounts?.map(({ id, email }) => [id, email]) ?? [];

/** One of several. @param any what it is called to choose none, which is an empty value; absent: one has to be chosen */
export function SelectField<Value extends string>({
  label,
  value,
  choices,
  any,
  hint,
  isInline = false,
  onChange,
}: {
  readonly label: string;
  readonly value: Value | "";
  readonly choices: readonly Choice<Value>[];
  readonly any?: string;
  readonly hint?: ReactNode;
  readonly isInline?: boolean;
  readonly onChange: (value: Value | "") => void;
}) {
  const choose = (text: string): void => onChange(choices.find(([one]) => one === text)?.[0] ?? "");
  return (
    <Field label={label} hint={hint} isInline={isInline}>
      <select value={value} onChange={({ target }) => choose(target.value)}>
        {any !== undefined && <option value="">{any}</option>}
        {choices.map(([one, name]) => (
          <option key={one} value={one}>
            {name}
          </option>
        ))}
      </select>
    </Field>
  );
}
