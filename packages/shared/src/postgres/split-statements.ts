/** What may hold a semicolon that ends nothing: comments, quoted text and names, bodies between dollars. */
const opaque = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$[a-z_]*\$)[\s\S]*?\1|;/gi;

/** The statements of an SQL text, without comments and without the semicolons that end them. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let statement = "";
  let end = 0;
  for (const match of sql.matchAll(opaque)) {
    statement += sql.slice(end, match.index);
    end = match.index + match[0].length;
    if (match[0] === ";") {
      statements.push(statement);
      statement = "";
    } else if (!match[0].startsWith("--") && !match[0].startsWith("/*")) statement += match[0];
  }
  return [...statements, statement + sql.slice(end)].map((one) => one.trim()).filter((one) => one !== "");
}
