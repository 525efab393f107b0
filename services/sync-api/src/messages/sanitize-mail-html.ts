import sanitizeHtml, { type IOptions } from "sanitize-html";

export interface SanitizeOptions {
  /** Whoever shows them tells the sender that, when and from where the mail is read. */
  readonly remoteImages: boolean;
}

const length = /^-?\d{1,4}(?:\.\d{1,3})?(?:px|pt|em|rem|ex|%)?$/;
const lengths =
  /^(?:-?\d{1,4}(?:\.\d{1,3})?(?:px|pt|em|rem|ex|%)?|auto)(?:\s+(?:-?\d{1,4}(?:\.\d{1,3})?(?:px|pt|em|rem|ex|%)?|auto)){0,3}$/;
const colour = /^(?:#[0-9a-f]{3,8}|[a-z]{3,30}|rgba?\([\d\s,.%/]{1,40}\))$/i;
const words = /^[a-z0-9\s"',-]{1,200}$/i;
const border = /^[a-z0-9\s#.(),%-]{1,80}$/i;

/** What mail looks like is said in its tags: nothing here reaches out, moves over other things, or runs. */
const styles = {
  color: [colour],
  "background-color": [colour],
  "font-family": [words],
  "font-size": [length, words],
  "font-style": [words],
  "font-weight": [words],
  "text-align": [words],
  "text-decoration": [words],
  "text-transform": [words],
  "line-height": [length],
  "letter-spacing": [length],
  "vertical-align": [words],
  "white-space": [words],
  "list-style-type": [words],
  "border-collapse": [words],
  width: [length],
  "max-width": [length],
  height: [length],
  padding: [lengths],
  "padding-top": [length],
  "padding-right": [length],
  "padding-bottom": [length],
  "padding-left": [length],
  margin: [lengths],
  "margin-top": [length],
  "margin-right": [length],
  "margin-bottom": [length],
  "margin-left": [length],
  border: [border],
  "border-top": [border],
  "border-right": [border],
  "border-bottom": [border],
  "border-left": [border],
  "border-radius": [lengths],
};

const layout = ["align", "valign", "bgcolor", "width", "height", "dir", "lang", "title", "style"];

/** Deeper than mail is nested: what is deeper is a trap for whoever shows it. */
const nestingMax = 200;
/** Cleaning holds up everybody else. Tags that nobody closes take it the square of their number: so many, half a second. */
const tagsMax = 20_000;
const charsMax = 1024 ** 2;

/** Whether cleaning it takes no longer than others may wait. Mail that people write is far below this. */
export function isCleanable(html: string): boolean {
  if (html.length > charsMax) return false;
  let tags = 0;
  for (let at = html.indexOf("<"); at >= 0; at = html.indexOf("<", at + 1))
    if (++tags > tagsMax) return false;
  return true;
}

/** HTML that can be looked at: no script, no form, no frame, no style sheet, no address but those of links and images. */
export function sanitizeMailHtml(html: string, { remoteImages }: SanitizeOptions): string {
  const options: IOptions = {
    allowedTags: [...sanitizeHtml.defaults.allowedTags, "img", "font", "center", "del", "ins"],
    allowedAttributes: {
      "*": layout,
      a: ["href", "name", "rel", "target"],
      img: ["src", "alt", "border"],
      font: ["face", "size", "color"],
      table: ["border", "cellpadding", "cellspacing"],
      td: ["colspan", "rowspan"],
      th: ["colspan", "rowspan"],
    },
    allowedSchemes: ["http", "https", "mailto", "tel"],
    allowedSchemesByTag: { img: remoteImages ? ["data", "https"] : ["data"] },
    allowProtocolRelative: false,
    allowedStyles: { "*": styles },
    nestingLimit: nestingMax,
    transformTags: {
      a: sanitizeHtml.simpleTransform("a", { rel: "noopener noreferrer nofollow", target: "_blank" }),
    },
    exclusiveFilter: ({ tag, attribs }) => tag === "img" && isNoPicture(attribs.src ?? ""),
  };
  return sanitizeHtml(html, options);
}

/** Of what is in the address itself only pictures, and none that may hold a script. */
const isNoPicture = (src: string): boolean =>
  /^data:/i.test(src) && !/^data:image\/(?:png|jpe?g|gif|webp|bmp)[;,]/i.test(src);

/** Text as HTML that shows it. */
export const textAsHtml = (text: string): string =>
  `<pre style="white-space: pre-wrap">${sanitizeHtml(text, {
    allowedTags: [],
    allowedAttributes: {},
    disallowedTagsMode: "recursiveEscape",
  })}</pre>`;
