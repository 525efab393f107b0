import { eventText } from "../live/live-stream.ts";
import type { StreamSource } from "../live/polled-stream.ts";
import type { OverviewFeed } from "./overview-feed.ts";
import type { Whose } from "./owners.ts";

/**
 * The overview for one client, each reading once. What was read for another client already may lack what this one was woken
 * for: then there is more.
 */
export function createOverviewSource(feed: OverviewFeed, whose: Whose): StreamSource {
  let toldBeganMs = 0;
  return {
    read: async (rungAtMs) => {
      const { overview, beganMs } = await feed.now(whose);
      const events = beganMs === toldBeganMs ? [] : [eventText("overview", null, overview)];
      toldBeganMs = beganMs;
      return { events, isMore: beganMs <= rungAtMs, lastWords: null };
    },
  };
}
