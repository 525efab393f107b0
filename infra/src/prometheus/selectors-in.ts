/** A metric that a query reads, and the labels that it selects by. */
export interface Selector {
  readonly name: string;
  readonly labels: readonly string[];
}

export interface QueryNames {
  readonly selectors: readonly Selector[];
  /** Labels that results are grouped by. */
  readonly grouping: readonly string[];
}

const words = new Set([
  "by",
  "on",
  "or",
  "and",
  "unless",
  "ignoring",
  "group_left",
  "group_right",
  "without",
  "bool",
]);
const grouping = /\b(?:by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const selector = /([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(\s*\()?/g;
const labelMatch = /([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)/g;

/** Which metrics and labels a PromQL query names; whether it parses, promtool says. */
export function selectorsIn(query: string): QueryNames {
  const groups = [...query.matchAll(grouping)].flatMap(([, list = ""]) => list.split(","));
  const rest = query
    .replaceAll(grouping, " ")
    .replaceAll(/\[[^\]]*\]/g, " ")
    .replaceAll(/\b\d[\w.]*/g, " ");
  const selectors = [...rest.matchAll(selector)]
    .filter(([, name = "", , call]) => call === undefined && !words.has(name))
    .map(([, name = "", braces = ""]) => ({
      name,
      labels: [...braces.replaceAll(/"[^"]*"/g, '""').matchAll(labelMatch)].map(([, label = ""]) => label),
    }));
  return { selectors, grouping: groups.map((label) => label.trim()).filter((label) => label !== "") };
}
