import { z } from "zod";

/** A moment: ISO 8601, UTC. */
export const timeSchema = z.iso.datetime();

export const isoOf = (time: Date): string => time.toISOString();
export const isoOrNull = (time: Date | null): string | null => time?.toISOString() ?? null;
