import type { TenantHealth } from "@millrace/client";
import type { ReactNode } from "react";
import { count } from "../../format/numbers.ts";
import { Ago } from "../../ui/time.tsx";
import { failedWords, waitingOf } from "./tenant-words.ts";

/** How one tenant's syncs are doing, in numbers, and who can look closer. */
export function TenantTrouble({ health }: { readonly health: TenantHealth }) {
  return (
    <section className="stack" aria-label="How its syncs are doing">
      <dl className="facts">
        {factsOf(health).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="soft small">
        Which syncs and mailboxes these are, a key of the tenant shows: make one below, and sign in with it.
        It is noted in the tenant’s audit trail, and opens the tenant’s mail as well.
      </p>
    </section>
  );
}

function factsOf(health: TenantHealth): [string, ReactNode][] {
  const { syncs, oldestWaitingAt, failedLastDay, openDeadLetters, accountsToReconnect } = health;
  const why = failedWords(failedLastDay);
  return [
    ["Running", marked(syncs.running)],
    ["Failing", marked(syncs.failing, "bad")],
    ["Paused", marked(syncs.paused)],
    ["Waiting", marked(waitingOf(health))],
    ["Oldest that waits", <Ago key="oldest" at={oldestWaitingAt} none="none waits" />],
    [
      "Failed in a day",
      <span key="failed">
        {marked(failedLastDay.count, "bad")} {why !== null && <span className="soft">{why}</span>}
      </span>,
    ],
    ["Open dead letters", marked(openDeadLetters, "bad")],
    ["Mailboxes to reconnect", marked(accountsToReconnect, "warn")],
  ];
}

const marked = (value: number, tone = ""): ReactNode => (
  <span className={`number ${value === 0 ? "faint" : tone}`}>{count(value)}</span>
);
