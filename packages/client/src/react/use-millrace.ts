"use client";

import { createContext, useContext } from "react";
import type { Millrace } from "../create-millrace.ts";

/**
 * The client of the provider above.
 *
 * @throws Error when there is none
 */
export function useMillrace(): Millrace {
  const client = useContext(MillraceContext);
  if (client === null)
    throw new Error(
      "There is no <MillraceProvider client={…}> above this component. Put one around the app.",
    );
  return client;
}

export const MillraceContext = createContext<Millrace | null>(null);
