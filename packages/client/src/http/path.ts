type QueryValue = string | number | boolean | null | undefined | readonly (string | number)[];
export type Query = Readonly<Record<string, QueryValue>>;

/** A route's address: `{id}` replaced, and the query's values that are there; lists repeat their name. */
export function fillPath(
  template: string,
  values: Readonly<Record<string, string>> = {},
  query: Query = {},
): string {
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    // Dots alone are not escaped, and addresses with them are shortened.
    if (value === undefined || /^\.{0,2}$/.test(value))
      throw new TypeError(`${template} takes ${name}, and it is not there, or is none.`);
    return encodeURIComponent(value);
  });
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined && one !== null) pairs.append(name, String(one));
  }
  const search = pairs.toString();
  return search === "" ? path : `${path}?${search}`;
}
