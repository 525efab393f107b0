import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";

export interface Snippet {
  /** As a file: `client-2.tsx` is the second one of packages/client/README.md. */
  readonly name: string;
  readonly text: string;
}

/** The TypeScript that a document shows, word for word. @param document its path in the repository */
export function readSnippets(document: string): Snippet[] {
  const text = readFileSync(fileURLToPath(new URL(`../../${document}`, import.meta.url)), "utf8");
  const stem = basename(dirname(document)) || "readme";
  return [...text.matchAll(/^```(tsx?)\n([\s\S]*?)^```$/gm)].map(([, kind, snippet = ""], n) => ({
    name: `${stem.replace(".", "readme")}-${n + 1}.${kind}`,
    text: snippet,
  }));
}
