import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { RecordedEvent, RecordedHistory } from "../support/record-history.ts";

/** What a recording may weigh, in characters: it is kept for ever. */
const historyCharsMax = 40_000;

const usage = `node test/upgrade/pick-recordings.ts --out <date>.jsonl HISTORIES [MORE …]

Makes a recording of events out of what RECORD_EVENTS has kept (docs/upgrades.md): the small histories of the first file as
they are, and of the others one event of each type that is missing still.
`;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: "string" } } });
const [first, ...others] = positionals;
if (values.out === undefined || first === undefined) {
  process.stderr.write(usage);
  process.exit(64);
}

const read = (file: string): RecordedHistory[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
const typeOf = ({ headers }: RecordedEvent): string => headers["ce-type"] ?? "";
const weigh = (what: unknown): number => JSON.stringify(what).length;

const histories = read(first).filter((history) => weigh(history) <= historyCharsMax);
const recorded = new Set(histories.flatMap(({ events }) => events.map(typeOf)));
const loose = others.flatMap(read).flatMap(({ events }) => events);
const single = new Map<string, RecordedEvent>();
for (const event of loose) {
  const known = single.get(typeOf(event));
  if (recorded.has(typeOf(event)) || weigh(event) > historyCharsMax) continue;
  if (known === undefined || weigh(event) < weigh(known)) single.set(typeOf(event), event);
}
const lines = [...histories, ...[...single.values()].map((event) => ({ events: [event] }))];
writeFileSync(values.out, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
process.stdout.write(`${lines.length} lines; types: ${[...recorded, ...single.keys()].sort().join(", ")}\n`);
