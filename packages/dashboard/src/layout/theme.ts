import { useSyncExternalStore } from "react";

export type ThemeChoice = "system" | "light" | "dark";

const place = "millrace.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
let choice = read();

function read(): ThemeChoice {
  const kept = localStorage.getItem(place);
  return kept === "light" || kept === "dark" ? kept : "system";
}

function apply(): void {
  const isDark = choice === "dark" || (choice === "system" && dark.matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  for (const listener of listeners) listener();
}

dark.addEventListener("change", apply);
apply();

export function chooseTheme(next: ThemeChoice): void {
  choice = next;
  if (next === "system") localStorage.removeItem(place);
  else localStorage.setItem(place, next);
  apply();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useThemeChoice = (): ThemeChoice => useSyncExternalStore(subscribe, () => choice);
/** What is shown now: what is drawn on a canvas has to know. */
export const useTheme = (): string =>
  useSyncExternalStore(subscribe, () => document.documentElement.dataset.theme ?? "light");
