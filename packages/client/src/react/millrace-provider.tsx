"use client";

import type { ReactNode } from "react";
import type { Millrace } from "../create-millrace.ts";
import { MillraceContext } from "./use-millrace.ts";

export interface MillraceProviderProps {
  /** Made once, outside of any component: `createMillrace({ baseUrl, key })`. */
  readonly client: Millrace;
  readonly children?: ReactNode;
}

/** Gives the hooks below it their client. Providers with the same client share their streams. */
export function MillraceProvider({ client, children }: MillraceProviderProps) {
  return <MillraceContext.Provider value={client}>{children}</MillraceContext.Provider>;
}
