import { styleText } from "node:util";
import type { Env, Output } from "../program/surroundings.ts";

type Style = (text: string) => string;

/** Colours by meaning; nothing but the text where there is no terminal, or nobody wants them (https://no-color.org). */
export interface Paint {
  readonly good: Style;
  readonly warning: Style;
  readonly bad: Style;
  readonly faint: Style;
  readonly strong: Style;
}

const plain: Style = (text) => text;

export function createPaint({ isTTY }: Output, { NO_COLOR, TERM }: Env): Paint {
  if (isTTY !== true || NO_COLOR || TERM === "dumb")
    return { good: plain, warning: plain, bad: plain, faint: plain, strong: plain };
  const style =
    (format: Parameters<typeof styleText>[0]): Style =>
    (text) =>
      styleText(format, text, { validateStream: false });
  return {
    good: style("green"),
    warning: style("yellow"),
    bad: style("red"),
    faint: style("dim"),
    strong: style("bold"),
  };
}

const goodWords = new Set(["completed", "running", "connected", "ok", "resolved", "up", "ready"]);
const warningWords = new Set([
  ...["partial", "paused", "queued", "warn", "reauth_required", "removing", "redriving"],
]);
const badWords = new Set(["failed", "fail", "open"]);

/** A state in its colour. */
export function paintState(paint: Paint, state: string, text = state): string {
  if (goodWords.has(state)) return paint.good(text);
  if (warningWords.has(state)) return paint.warning(text);
  return badWords.has(state) ? paint.bad(text) : text;
}
