const unknown = "application/octet-stream";

/** Of these no browser makes a page or runs a script. */
const harmless =
  /^(?:image\/(?!svg)[a-z0-9.+-]+|(?:audio|video)\/[a-z0-9.+-]+|text\/(?:plain|csv|calendar)|application\/(?:pdf|zip|gzip|json|msword|rtf|vnd\.[a-z0-9.-]+))$/;

/** The media type to send content of strangers with: what a browser might take for a page is mere bytes. */
export function safeMediaType(mimeType: string): string {
  const type = mimeType.toLowerCase();
  return harmless.test(type) && !type.endsWith("+xml") ? type : unknown;
}
