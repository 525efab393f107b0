/**
 * The page of a message, for the frame. Its own policy stands before anything that somebody has sent, and narrows that of
 * the dashboard, which a frame like this takes over.
 *
 * @param page as the API serves it
 */
export function frameOf(page: string, remoteImages: boolean): string {
  const policy = `default-src 'none'; style-src-attr 'unsafe-inline'; img-src data:${remoteImages ? " https:" : ""}`;
  const sent = /<body>([\s\S]*)<\/body>/.exec(page)?.[1] ?? "";
  // Plain text reads better in the fonts of the rest.
  const body = sent.replace(/^<pre style="white-space: pre-wrap">/, `<pre style="${textStyle}">`);
  return (
    `<!doctype html><html lang="en" style="color-scheme: light; background: #fff"><head><meta charset="utf-8">` +
    `<meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="referrer" content="no-referrer">` +
    `<title>Message</title></head><body style="${bodyStyle}">${body}</body></html>`
  );
}

const textStyle = "white-space: pre-wrap; margin: 0; font: inherit";
const bodyStyle =
  "margin: 0; padding: 16px 20px; color: #132221; font: 14px/1.55 'Inter Variable', system-ui, sans-serif; " +
  "overflow-wrap: anywhere";
