import { useSyncExternalStore } from "react";
import { forgetSearches } from "./mail-searches.ts";

/** What a person has shown to come in. It lives as long as the tab, and goes nowhere but into a header. */
export interface Session {
  /** An API key, an operator's key or a browser's token. */
  readonly secret: string;
}

const place = "millrace.session";
const listeners = new Set<() => void>();
let current: Session | null = read();
/** Why somebody who was in has to come in again. */
let farewell: string | null = null;

function read(): Session | null {
  const secret = sessionStorage.getItem(place);
  return secret === null ? null : { secret };
}

function tell(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useSession = (): Session | null => useSyncExternalStore(subscribe, () => current);
export const farewellOf = (): string | null => farewell;

export function signIn(secret: string): void {
  sessionStorage.setItem(place, secret);
  current = { secret };
  farewell = null;
  tell();
}

/** @param reason shown where one signs in; null: the person has asked for it */
export function signOut(reason: string | null = null): void {
  if (current === null) return;
  sessionStorage.removeItem(place);
  forgetSearches();
  current = null;
  farewell = reason;
  tell();
}
