import { counter } from "./counter.ts";
import { histogram, slowSeconds } from "./histogram.ts";

const provider = "the mail provider: `gmail`";
const services = "all that talk to it";
const outcome =
  "`ok`, a category of faults as `rate_limited` or `transient`, `own_wait`: our own budget says later, `error`: our store was away, or the service stopped";

export const providerCallSeconds = histogram({
  name: "millrace.provider.call.duration",
  unit: "s",
  description: "Calls of the mail provider, its budget's waits in place included",
  from: services,
  attributes: {
    "millrace.provider": provider,
    "millrace.operation":
      "`get_profile`, `list_page`, `list_labels`, `list_changes`, `fetch_messages` (a chunk's), `fetch_attachment` (to its first byte), `watch`, `stop_watch`, `revoke_grant`",
    "millrace.outcome": outcome,
  },
  buckets: slowSeconds,
});

export const providerMessages = counter({
  name: "millrace.provider.messages",
  unit: "{message}",
  description: "Messages that the provider was asked for, by what came",
  from: "chunker, fetcher",
  attributes: { "millrace.provider": provider, "millrace.outcome": outcome },
});

export const providerBytes = counter({
  name: "millrace.provider.received",
  unit: "By",
  description: "Mail that the provider has given, as it counts its size; of attachments the decoded bytes",
  from: "sync-api, chunker, fetcher",
  attributes: { "millrace.provider": provider, "millrace.kind": ["message", "attachment"] },
});

export const tokenRefreshes = counter({
  name: "millrace.token.refreshes",
  unit: "{refresh}",
  description: "Access tokens that were asked for, by what came of it",
  from: services,
  attributes: {
    "millrace.outcome": [
      "ok",
      "rate_limited",
      "transient",
      "token_expired",
      "consent_lost",
      "gone",
      "watermark_expired",
      "bad_item",
      "unknown",
    ],
  },
});
