import type { ButtonHTMLAttributes, ReactNode } from "react";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: "main" | "quiet" | "danger" | undefined;
  readonly isSmall?: boolean;
  readonly icon?: ReactNode;
}

export function Button({ look, isSmall = false, icon, children, className = "", ...rest }: ButtonProps) {
  const names = ["button", look, isSmall && "small", !children && "square", className].filter(Boolean);
  return (
    <button type="button" className={names.join(" ")} {...rest}>
      {icon}
      {children}
    </button>
  );
}

export interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly isInline?: boolean;
  readonly children: ReactNode;
}

/** A control with its name; the control is inside, so it needs no id. */
export function Field({ label, hint, isInline = false, children }: FieldProps) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children.
    <label className={isInline ? "field inline" : "field"}>
      <span>{label}</span>
      {children}
      {hint !== undefined && <span className="hint">{hint}</span>}
    </label>
  );
}

export type Tone = "idle" | "active" | "good" | "warn" | "bad";

export function Badge({
  tone = "idle",
  isPlain = false,
  children,
}: {
  readonly tone?: Tone;
  readonly isPlain?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <span className={isPlain ? "badge plain" : "badge"} data-tone={tone}>
      {children}
    </span>
  );
}

/** @param share 0 to 1; null: it is not known how much there is */
export function Bar({
  label,
  share,
  text,
  tone,
  isThick = false,
}: {
  readonly label: string;
  readonly share: number | null;
  readonly text: string;
  readonly tone?: Tone | undefined;
  readonly isThick?: boolean;
}) {
  const value = share === null ? {} : { "aria-valuenow": Math.floor(share * 100) };
  const names = ["bar", isThick && "thick", share === null && "unknown"].filter(Boolean).join(" ");
  return (
    <div
      className={names}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={text}
      data-tone={tone}
      {...value}
    >
      <i style={share === null ? {} : { width: `${Math.min(1, share) * 100}%` }} />
    </div>
  );
}
