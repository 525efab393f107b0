import { isIP } from "node:net";
import type { WebhookRules } from "./webhook-rules.ts";

export type CheckedUrl =
  | { readonly ok: true; readonly url: URL }
  /** Why it may not be called; says nothing of the address itself. */
  | { readonly ok: false; readonly why: string };

const refused = (why: string): CheckedUrl => ({ ok: false, why });

/** What can be said of an address before anybody is asked; names are checked when they are connected to. */
export function checkWebhookUrl(
  text: string,
  { allowHttp, ports, isAllowedAddress }: WebhookRules,
): CheckedUrl {
  const url = URL.parse(text);
  if (url === null) return refused("must be an absolute URL");
  if (url.protocol !== "https:" && !(allowHttp && url.protocol === "http:"))
    return refused(allowHttp ? "must begin with https:// or http://" : "must begin with https://");
  if (url.username !== "" || url.password !== "") return refused("must hold no user name or password");
  if (url.hash !== "") return refused("must hold no fragment");
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  if (ports !== null && !ports.includes(port))
    return refused(`must use one of the ports ${ports.join(", ")}`);
  const literal = literalAddress(url);
  if (literal !== null && !isAllowedAddress(literal)) return refused("must name a public address");
  return { ok: true, url };
}

/** The address, when the URL names no host but an address; else null. It is not looked up, so it is checked here. */
export function literalAddress({ hostname }: URL): string | null {
  const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  return isIP(host) === 0 ? null : host;
}
