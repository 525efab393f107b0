/** Names of calls, used for prices, counters and fault rules. */
export const endpoints = [
  "token",
  "revoke",
  "batch",
  "profile",
  "messages.list",
  "messages.get",
  "attachments.get",
  "labels.list",
  "labels.get",
  "history.list",
  "watch",
  "stop",
  "unknown",
] as const;

export type Endpoint = (typeof endpoints)[number];

export interface PriceList {
  readonly unitsPerMinuteUser: number;
  readonly unitsPerMinuteProject: number;
  readonly units: Readonly<Partial<Record<Endpoint, number>>>;
}

export type QuotaPlan = "gmail-2026" | "gmail-legacy" | "off";

/**
 * Units a call and a minute, for projects made from 1 May 2026 on and for older ones.
 * https://developers.google.com/gmail/api/reference/quota
 */
export const priceLists: Readonly<Record<Exclude<QuotaPlan, "off">, PriceList>> = {
  "gmail-2026": {
    unitsPerMinuteUser: 6_000,
    unitsPerMinuteProject: 1_200_000,
    units: {
      profile: 1,
      "messages.list": 5,
      "messages.get": 20,
      "attachments.get": 20,
      "labels.list": 1,
      "labels.get": 1,
      "history.list": 2,
      watch: 100,
      stop: 50,
    },
  },
  "gmail-legacy": {
    unitsPerMinuteUser: 15_000,
    unitsPerMinuteProject: 1_200_000,
    units: {
      profile: 1,
      "messages.list": 5,
      "messages.get": 5,
      "attachments.get": 5,
      "labels.list": 1,
      "labels.get": 1,
      "history.list": 2,
      watch: 100,
      stop: 50,
    },
  },
};
