/**
 * Rewrites a machine's apt sources so that they lead to Debian's testing suite, on whatever mirror the machine
 * uses. Pure text to text; apt's two formats are described in sources.list(5).
 */

/**
 * The deb822 form (`*.sources`). Kept are the stanzas of the distribution itself: type deb, component main, and
 * a suite that is the machine's release. Security, updates and backports suites have no counterpart and go.
 *
 * @param release code name of the machine's release, such as "bookworm".
 * @returns stanzas for the testing suite, empty when the file has none of the distribution's own.
 */
export function rewriteDeb822Sources(text: string, release: string, suite = "testing"): string {
  const stanzas: string[] = [];
  for (const stanza of text.split(/\n\s*\n/)) {
    const fields = parseFields(stanza);
    const words = (name: string) => (fields.get(name) ?? "").split(/\s+/).filter(Boolean);
    const wanted =
      words("enabled")[0]?.toLowerCase() !== "no" &&
      words("types").includes("deb") &&
      words("components").includes("main") &&
      words("uris").length > 0 &&
      words("suites").some((name) => isOwnSuite(name, release));
    if (!wanted) continue;
    const kept = [...fields].filter(([name]) => !["enabled", "types", "suites", "components"].includes(name));
    stanzas.push(
      [
        "types: deb",
        `suites: ${suite}`,
        "components: main",
        ...kept.map(([name, value]) => `${name}: ${value}`),
      ].join("\n"),
    );
  }
  return stanzas.length === 0 ? "" : `${stanzas.join("\n\n")}\n`;
}

/**
 * The one-line form (`sources.list`, `*.list`): `deb [options] uri suite component…`. The same entries are kept
 * as in the deb822 form.
 */
export function rewriteOneLineSources(text: string, release: string, suite = "testing"): string {
  const lines = new Set<string>();
  for (const line of text.split("\n")) {
    const match = /^\s*deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
    if (!match) continue;
    const [, options = "", uri, entrySuite, components = ""] = match;
    if (!isOwnSuite(entrySuite ?? "", release) || !components.split(/\s+/).includes("main")) continue;
    lines.add(`deb ${options}${uri} ${suite} main`);
  }
  return [...lines].map((line) => `${line}\n`).join("");
}

/** The code name and family in the words of /etc/os-release. */
export function parseOsRelease(text: string): { codename: string | null; debianLike: boolean } {
  const value = (name: string) =>
    new RegExp(`^${name}=["']?([^"'\\n]*)["']?\\s*$`, "m").exec(text)?.[1]?.trim() || null;
  const family = `${value("ID") ?? ""} ${value("ID_LIKE") ?? ""}`.split(/\s+/);
  return { codename: value("VERSION_CODENAME"), debianLike: family.includes("debian") };
}

/** A release goes by its code name or by its rank. */
function isOwnSuite(suite: string, release: string): boolean {
  return [release, "stable", "oldstable", "testing"].includes(suite);
}

function parseFields(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  let last: string | undefined;
  for (const line of stanza.split("\n")) {
    if (line.startsWith("#")) continue;
    const field = /^([A-Za-z][\w-]*):\s*(.*)$/.exec(line);
    if (field?.[1]) {
      last = field[1].toLowerCase();
      fields.set(last, field[2] ?? "");
    } else if (last && /^\s+\S/.test(line)) {
      fields.set(last, `${fields.get(last)}\n${line.trimEnd()}`);
    }
  }
  return fields;
}
