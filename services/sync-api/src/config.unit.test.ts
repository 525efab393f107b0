import { parseConfig } from "@millrace/shared/runtime/parse-config";
import { expect, test } from "vitest";
import { syncApiConfigSchema } from "./config.ts";

const needed = {
  NATS_URL: "nats://127.0.0.1:4222",
  DATABASE_URL: "postgres://127.0.0.1/millrace",
  MILLRACE_ENCRYPTION_KEYS: "k1:x",
  GOOGLE_CLIENT_ID: "client",
  GOOGLE_CLIENT_SECRET: "secret",
};
const parse = (more: Readonly<Record<string, string>> = {}) =>
  parseConfig(syncApiConfigSchema, { ...needed, ...more });

test("people are sent to Google's own consent page, unless another one is named", () => {
  expect(parse().GOOGLE_AUTH_URL).toBe("https://accounts.google.com/o/oauth2/v2/auth");
});

test("the public address is an origin that a browser may be sent back to", () => {
  expect(parse().PUBLIC_URL).toBeUndefined();
  for (const url of [
    "https://millrace.example.com",
    "https://millrace.example.com:8443/",
    "http://127.0.0.1:8750",
  ])
    expect(parse({ PUBLIC_URL: url }).PUBLIC_URL).toBe(url);
  for (const url of [
    "millrace.example.com",
    "http://millrace.example.com",
    "https://a.example/api",
    "https://a.example/?b",
  ])
    expect(() => parse({ PUBLIC_URL: url })).toThrow(/PUBLIC_URL: must be an origin/);
});

test("return addresses of the bootstrap tenant are separated by commas, and each has to be one", () => {
  const listed = (text: string) =>
    parse({ MILLRACE_BOOTSTRAP_RETURN_URLS: text }).MILLRACE_BOOTSTRAP_RETURN_URLS;
  expect(listed("https://a.example/x, http://localhost:3000")).toEqual([
    "https://a.example/x",
    "http://localhost:3000",
  ]);
  expect(() => listed("https://a.example/x,http://b.example")).toThrow(/MILLRACE_BOOTSTRAP_RETURN_URLS/);
});

test("proxies are addresses, networks, or names of such", () => {
  for (const list of ["10.0.0.0/8", "127.0.0.1, ::1", "loopback,uniquelocal", "fd00::/8"])
    expect(parse({ TRUST_PROXY: list }).TRUST_PROXY).toBe(list);
  for (const list of ["true", "garbage", "10.0.0.0/33", "loopback/8", "1.2.3.4/5/6", "10.0.0.1,"])
    expect(() => parse({ TRUST_PROXY: list })).toThrow(/TRUST_PROXY/);
});
