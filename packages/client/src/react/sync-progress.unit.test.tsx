import "../testing/open-page.ts";
import { act, cleanup, render, screen } from "@testing-library/react";
import { renderToString } from "react-dom/server";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createMillrace } from "../create-millrace.ts";
import { toldAtMs } from "../progress/told-at-ms.ts";
import type { Sync } from "../resources.ts";
import { syncWith } from "../testing/sync-with.ts";
import { MillraceProvider } from "./millrace-provider.tsx";
import { progressMessages } from "./progress-messages.ts";
import { SyncProgress } from "./sync-progress.tsx";
import { viewProgress } from "./view-progress.ts";

afterEach(cleanup);

const at = "2026-01-01T00:00:00.000Z";
const troubleWith = (open: number): NonNullable<Sync["trouble"]> => ({
  category: "transient",
  message: "500",
  at,
  nextAt: at,
  since: at,
  attempt: 1,
  setAsideAt: null,
  open,
});
const bar = (): HTMLElement => screen.getByRole("progressbar");
const said = (): string =>
  screen
    .getAllByRole("status")
    .map(({ textContent }) => textContent)
    .filter((text) => text !== "")
    .join(" | ");

describe("the bar", () => {
  test("has no value while nobody knows how much there is, and says so", () => {
    render(<SyncProgress sync={syncWith({ listed: 500, settled: 100 })} />);
    expect(bar().getAttribute("aria-valuenow")).toBeNull();
    expect(bar().getAttribute("aria-valuetext")).toBe("Syncing: 100 messages so far");
  });

  test("says of an estimate that it is one", () => {
    render(<SyncProgress sync={syncWith({ listed: 500, settled: 250, estimatedTotal: 5_000 })} />);
    expect(bar().getAttribute("aria-valuenow")).toBe("5");
    expect(bar().getAttribute("aria-valuetext")).toBe("Syncing: 250 of about 5,000 messages");
  });

  test("does not go back when an estimate was too small, but begins anew for another sync", () => {
    const shown = render(<SyncProgress sync={syncWith({ settled: 90, listed: 100, estimatedTotal: 100 })} />);
    shown.rerender(<SyncProgress sync={syncWith({ settled: 95, listed: 1_000, estimatedTotal: 100 })} />);
    expect(bar().getAttribute("aria-valuenow")).toBe("90");
    const other = syncWith({ settled: 1, listed: 100, listingComplete: true }, { id: "syn_2" });
    shown.rerender(<SyncProgress sync={other} />);
    expect(bar().getAttribute("aria-valuenow")).toBe("1");
  });

  test("counts what is dealt with of chunks that are open; an API of an earlier release tells none of that", () => {
    const all = syncWith({ settled: 0, handled: 98, listed: 100, listingComplete: true });
    const shown = render(<SyncProgress sync={all} />);
    expect(bar().getAttribute("aria-valuenow")).toBe("98");
    expect(bar().getAttribute("aria-valuetext")).toBe("Syncing: 98 of 100 messages");
    const { handled: _, ...older } = syncWith({ settled: 60, listed: 100, listingComplete: true }).progress;
    const other = syncWith({}, { id: "syn_2" });
    shown.rerender(<SyncProgress sync={{ ...other, progress: older as Sync["progress"] }} />);
    expect(bar().getAttribute("aria-valuenow")).toBe("60");
  });

  test("is not full before the sync is complete", () => {
    const all = { settled: 100, listed: 100, listingComplete: true };
    const shown = render(<SyncProgress sync={syncWith(all)} />);
    expect(bar().getAttribute("aria-valuenow")).toBe("99");
    shown.rerender(<SyncProgress sync={syncWith(all, { status: "completed", endedAt: at })} />);
    expect(bar().getAttribute("aria-valuenow")).toBe("100");
  });
});

describe("the words", () => {
  const cases: readonly [name: string, sync: Sync, said: string][] = [
    ["requested", syncWith({}, { status: "requested" }), "Waiting to start"],
    [
      "queued",
      syncWith({}, { status: "queued" }),
      "Waiting for its turn | It starts by itself, when the sync of the mailbox before it has ended and there is room.",
    ],
    [
      "paused by a person",
      syncWith({}, { status: "paused", paused: pausedBy("requested") }),
      "Paused | Somebody has paused it. Resume it to go on.",
    ],
    [
      "paused for lost consent",
      syncWith({}, { status: "paused", paused: pausedBy("consent_lost") }),
      "Paused | The mailbox does not let us in any more. Connect it again, and the sync goes on by itself.",
    ],
    [
      "in trouble",
      syncWith(
        {},
        {
          trouble: { ...troubleWith(60), category: "rate_limited", message: "429" },
        },
      ),
      "Syncing | The mail provider has asked for a break. It goes on by itself.",
    ],
    [
      "but for two messages done",
      syncWith({ listed: 100, settled: 0, handled: 98, listingComplete: true }, { trouble: troubleWith(2) }),
      "Syncing | The mail provider does not answer as it should. 2 messages are still missing; they are tried again by themselves.",
    ],
    [
      "in trouble, with more to come than what fails",
      syncWith({ listed: 500, settled: 100, handled: 198 }, { trouble: troubleWith(2) }),
      "Syncing | The mail provider does not answer as it should. It is tried again by itself.",
    ],
    [
      "partial",
      syncWith({ deadLettered: 3 }, { status: "partial", endedAt: at }),
      "Done, but for some messages | 3 messages could not be taken in and are set aside. Try the sync again.",
    ],
    [
      "failed",
      syncWith({}, { status: "failed", endedAt: at, failure: { category: "unknown", message: "It broke" } }),
      "Could not be finished | It broke. Try the sync again: what is stored already is kept.",
    ],
  ];
  test.each(cases)("of a sync that is %s say what to do, and are announced", (_, sync, words) => {
    render(<SyncProgress sync={sync} />);
    expect(said()).toBe(words);
  });

  test("that count are not announced each time", () => {
    render(
      <SyncProgress sync={syncWith({ settled: 10, listed: 40, listingComplete: true, secondsLeft: 90 })} />,
    );
    expect(said()).toBe("Syncing");
    expect(screen.getByText("10 of 40 messages, about 2 min left")).toBeTruthy();
  });

  test("can be said otherwise", () => {
    const messages = { count: ({ settled }: { settled: number }) => `${settled} Nachrichten` };
    render(<SyncProgress sync={syncWith({ settled: 7 })} messages={messages} />);
    expect(screen.getByText("7 Nachrichten")).toBeTruthy();
  });
});

test("takes classes for its parts, and a button that knows what is shown", () => {
  const paused = syncWith({}, { status: "paused", paused: pausedBy("requested") });
  const { container } = render(
    <SyncProgress sync={paused} className="mine" classNames={{ bar: "striped" }}>
      {({ status }) => status === "paused" && <button type="button">Resume</button>}
    </SyncProgress>,
  );
  expect(container.querySelector(".millrace-progress.mine")).toBeTruthy();
  expect(container.querySelector(".millrace-progress__bar.striped")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Resume" })).toBeTruthy();
});

test("is drawn on a server as it begins in the browser, and asks nobody there", () => {
  const client = createMillrace({
    baseUrl: "http://127.0.0.1:1",
    fetch: () => {
      throw new Error("A server watches nothing");
    },
  });
  const html = renderToString(
    <MillraceProvider client={client}>
      <SyncProgress id="syn_1" />
    </MillraceProvider>,
  );
  expect(html).toContain("Looking up the sync");
});

test("without a provider it says what is missing", () => {
  expect(() => renderToString(<SyncProgress id="syn_1" />)).toThrow("Put one around the app");
});

function pausedBy(reason: "requested" | "consent_lost"): NonNullable<Sync["paused"]> {
  return { reason, message: "…", since: at, resumesBy: "…" };
}

describe("time left", () => {
  const progress = { listed: 9_000, settled: 300, listingComplete: true, secondsLeft: 120, stillSeconds: 5 };
  const detailAfter = (seconds: number, state: "live" | "interrupted" = "live"): string | null => {
    const sync = syncWith(progress);
    return viewProgress({ sync, state, error: null }, progressMessages, toldAtMs(sync) + seconds * 1_000)
      .detail;
  };

  test("is told until nothing has moved for too long; then since when, for as long as a change would be heard of", () => {
    expect(detailAfter(0)).toBe("300 of 9,000 messages, about 2 min left");
    expect(detailAfter(25)).toBe("300 of 9,000 messages, about 2 min left");
    expect(detailAfter(26)).toBe("300 of 9,000 messages, nothing has moved for 31 s");
    expect(detailAfter(7_200)).toBe("300 of 9,000 messages, nothing has moved for 2 h");
    expect(detailAfter(7_200, "interrupted")).toBe("300 of 9,000 messages");
  });

  test("grows old by itself, also where nothing is drawn anew", () => {
    vi.useFakeTimers();
    const sync = syncWith({ ...progress, secondsLeft: 70 });
    render(<SyncProgress sync={sync} />);
    expect(bar().getAttribute("aria-valuetext")).toContain("about 2 min left");
    act(() => void vi.advanceTimersByTime(15_000));
    expect(bar().getAttribute("aria-valuetext")).toContain("less than a minute left");
    act(() => void vi.advanceTimersByTime(60_000));
    expect(bar().getAttribute("aria-valuetext")).toBe("Syncing: 300 of 9,000 messages");
    vi.useRealTimers();
  });
});
