import type { Fact } from "./facts.ts";
import { currentVersion, type FactVersion } from "./upcast-fact.ts";

/** The CloudEvents attribute `dataschema` of a fact: its type, and the version of it that the body has. */
export const dataschemaOf = (type: Fact["type"]): string => `${prefix}${type}:${currentVersion(type)}`;

const prefix = "urn:millrace:fact:";
const pattern = /^urn:millrace:fact:([a-z_.]{1,64}):([1-9][0-9]{0,3})$/;

/** Null for what is none of ours. */
export function parseDataschema(dataschema: string): FactVersion | null {
  const [, type, version] = pattern.exec(dataschema) ?? [];
  return type === undefined ? null : { type, version: Number(version) };
}
