import { describe, expect, it } from "vitest";
import { checkWebhookUrl } from "./check-webhook-url.ts";
import { type WebhookRules, webhookRulesOf } from "./webhook-rules.ts";

const usual = webhookRulesOf({
  WEBHOOKS_ALLOW_HTTP: false,
  WEBHOOKS_ALLOW_PRIVATE: false,
  WEBHOOKS_PORTS: [443, 8443],
});
const development = webhookRulesOf({
  WEBHOOKS_ALLOW_HTTP: true,
  WEBHOOKS_ALLOW_PRIVATE: true,
  WEBHOOKS_PORTS: [443],
});
const why = (url: string, rules: WebhookRules = usual): string => {
  const checked = checkWebhookUrl(url, rules);
  return checked.ok ? "" : checked.why;
};

describe("by default", () => {
  it.each([
    "https://example.com",
    "https://example.com:8443/hooks?token=1",
    "https://bücher.example/",
    "https://8.8.8.8/hook",
    "https://[2606:2800:220:1:248:1893:25c8:1946]/",
  ])("%s may be called", (url) => {
    expect(why(url)).toBe("");
  });

  it.each([
    ["/relative", "absolute"],
    ["", "absolute"],
    ["http://example.com", "https://"],
    ["ftp://example.com", "https://"],
    ["file:///etc/passwd", "https://"],
    ["javascript:alert(1)", "https://"],
    ["https://user:password@example.com", "user name"],
    ["https://user@example.com", "user name"],
    ["https://example.com#x", "fragment"],
    ["https://example.com:22", "ports"],
    ["https://example.com:6379", "ports"],
    ["https://127.0.0.1/", "public"],
    ["https://127.1/", "public"],
    ["https://0x7f000001/", "public"],
    ["https://2130706433/", "public"],
    ["https://0177.0.0.1/", "public"],
    ["https://127.0.0.1./", "public"],
    ["https://①②⑦.⓪.⓪.①/", "public"],
    ["https://169.254.169.254/latest/meta-data", "public"],
    ["https://[::1]/", "public"],
    ["https://[::ffff:127.0.0.1]/", "public"],
    ["https://[64:ff9b::a9fe:a9fe]/", "public"],
    ["https://0/", "public"],
  ])("%s may not", (url, word) => {
    expect(why(url)).toContain(word);
  });
});

it("in development HTTP, private addresses and any port may be called, and still nothing else", () => {
  for (const url of ["http://127.0.0.1:8123/hook", "https://10.0.0.1:9", "http://localhost:1"])
    expect(why(url, development)).toBe("");
  for (const url of ["ftp://127.0.0.1", "http://user@127.0.0.1"]) expect(why(url, development)).not.toBe("");
});

it("why says nothing of what the URL holds", () => {
  for (const url of ["https://user:s3cret@example.com", "https://127.0.0.1/s3cret", "http://s3cret.example"])
    expect(why(url)).not.toContain("s3cret");
});
