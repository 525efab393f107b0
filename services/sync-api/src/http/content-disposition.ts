const nameCharsMax = 150;
const fallback = "attachment";

/**
 * A Content-Disposition that makes every client save a file and none show a page (RFC 6266), with a name that is safe
 * as a header and as a name: no line ends, quotes or paths, nothing that turns the direction of writing around.
 */
export function attachmentDisposition(filename: string | null): string {
  const name = safeName(filename ?? "");
  const ascii = name.replace(/[^\x20-\x7e]/g, "_").replace(/["\\%;]/g, "_");
  const plain = `attachment; filename="${ascii}"`;
  return ascii === name ? plain : `${plain}; filename*=UTF-8''${encodeExtended(name)}`;
}

/** The last step of a path, without control and format characters, and without dots or blanks at its ends. */
function safeName(filename: string): string {
  const name = filename
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "")
    .replace(/^.*[/\\]/s, "")
    .replace(/[<>:"|?*]/g, "_")
    .trim();
  return cutName(name.replace(/^[.\s]+|[.\s]+$/g, "")) || fallback;
}

/** The end of a name says what kind of file it is: what is too long loses its middle. */
function cutName(name: string): string {
  const chars = [...name];
  if (chars.length <= nameCharsMax) return name;
  const ending = /\.[^.]{1,16}$/u.exec(name)?.[0] ?? "";
  return chars.slice(0, nameCharsMax - [...ending].length).join("") + ending;
}

/** RFC 8187, 3.2.1: what encodeURIComponent leaves and the grammar does not have. */
function encodeExtended(name: string): string {
  const hex = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(name).replace(/['()*]/g, hex);
}
