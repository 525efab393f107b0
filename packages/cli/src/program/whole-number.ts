import { InvalidArgumentError } from "@commander-js/extra-typings";

/** Of an option: a whole number from 1 on. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError("It is a whole number from 1 on.");
  return Number(text);
}
