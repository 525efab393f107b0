import { describe, expect, it } from "vitest";
import { isCleanable, sanitizeMailHtml, textAsHtml } from "./sanitize-mail-html.ts";

const shown = (html: string, remoteImages = false): string => sanitizeMailHtml(html, { remoteImages });

describe("mail that is shown", () => {
  it.each([
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    '<img src=x onerror="alert(1)">',
    '<img src="javascript:alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="jav&#x09;ascript:alert(1)">x</a>',
    '<a href=" &#14; javascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    '<body onload="alert(1)">x</body>',
    '<svg onload="alert(1)"><script>alert(1)</script></svg>',
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    '<iframe src="https://evil.example"></iframe>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<object data="https://evil.example/x.swf"></object><embed src="x.swf">',
    '<form action="https://evil.example"><input name=password><button>go</button></form>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<base href="https://evil.example/">',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    "<style>@import 'https://evil.example/x.css'; body { background: url(https://evil.example/x) }</style>",
    '<div style="background: url(https://evil.example/x)">x</div>',
    '<div style="background-color: expression(alert(1))">x</div>',
    '<div style="position: fixed; top: 0; left: 0; width: 100%; z-index: 9">x</div>',
    '<img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+">',
    '<img src="data:text/html,<script>alert(1)</script>">',
    '<img src="https://evil.example/pixel.gif">',
    '<img src="//evil.example/pixel.gif">',
    '<img srcset="https://evil.example/pixel.gif 2x">',
    '<video src="https://evil.example/x.mp4" autoplay></video>',
    '<table background="https://evil.example/x"><tr><td>x</td></tr></table>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<!--[if gte mso 9]><script>alert(1)</script><![endif]-->",
  ])("runs nothing, asks nobody and covers nothing: %s", (html) => {
    const text = shown(html);
    expect(text).not.toMatch(
      /<(script|svg|math|iframe|object|embed|form|input|button|meta|base|link|style|video|noscript)/i,
    );
    // Values are quoted, and hold no quotation mark: what is left are the tags and the names of their attributes.
    expect(text.replaceAll(/"[^"]*"/g, '""')).not.toMatch(/<[^>]*\son\w+\s*=/i);
    expect(text).not.toMatch(
      /javascript:|vbscript:|data:(text|image\/svg)|expression|url\(|position|srcset|background=/i,
    );
    expect(text).not.toMatch(/="(?:https?:)?\/\/evil\.example/);
  });

  it("looks as it was meant to", () => {
    const html =
      '<table cellpadding="4" style="width: 600px; border: 1px solid #ccc"><tr><td align="center" bgcolor="#fff">' +
      '<p style="color: #333; font-size: 14px; margin: 0 auto">Hello <b>Ann</b></p><img src="data:image/png;base64,AAAA" alt="x">';
    const text = shown(html);
    for (const part of [
      "<table",
      'cellpadding="4"',
      "width:600px",
      "#ccc",
      "<b>Ann</b>",
      "data:image/png",
      'bgcolor="#fff"',
    ])
      expect(text).toContain(part);
  });

  it("has links that open elsewhere and tell nothing of where they were", () => {
    const text = shown('<a href="https://example.com/a?b=1" target="_top" rel="opener">x</a>');
    expect(text).toContain('href="https://example.com/a?b=1"');
    expect(text).toContain('rel="noopener noreferrer nofollow"');
    expect(text).toContain('target="_blank"');
    expect(text).not.toContain("_top");
  });

  it("asks for pictures when it is told to, over https only", () => {
    expect(shown('<img src="https://example.com/a.png">', true)).toContain("https://example.com/a.png");
    expect(shown('<img src="http://example.com/a.png">', true)).not.toContain("example.com");
  });

  it("holds nobody up for long: what would is not cleaned", () => {
    const most = "<div>".repeat(20_000);
    expect(isCleanable(most)).toBe(true);
    const began = performance.now();
    shown(most);
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(isCleanable(`${most}<b>`)).toBe(false);
    expect(isCleanable("<div>".repeat(200_000))).toBe(false);
    expect(isCleanable("x".repeat(1024 ** 2 + 1))).toBe(false);
  });
});

it("text is shown as it is", () => {
  expect(textAsHtml("a < b & <script>alert(1)</script>")).toBe(
    '<pre style="white-space: pre-wrap">a &lt; b &amp; &lt;script&gt;alert(1)&lt;/script&gt;</pre>',
  );
});
