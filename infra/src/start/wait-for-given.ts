import { connect, type NetConnectOpts } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { StackContext } from "./stack-context.ts";

const patience = { connectMs: 3_000, retryMs: 500, sayEveryMs: 10_000, maxMs: 120_000 };

export interface GivenServer {
  readonly name: string;
  /** The variable that says where it is. */
  readonly variable: string;
  /** Where it listens; of several, one that answers is enough. */
  readonly places: readonly NetConnectOpts[];
}

/** @param url as NATS_URL has it: one or several addresses with commas between */
export const givenNats = (url: string): GivenServer => ({
  name: "NATS",
  variable: "NATS_URL",
  places: url.split(",").flatMap((address) => {
    const text = address.trim().replace(/^\w+:\/\//, "");
    if (!URL.canParse(`nats://${text}`)) return [];
    const { hostname, port } = new URL(`nats://${text}`);
    return [{ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 4222) }];
  }),
});

/** @param url as DATABASE_URL has it */
export function givenPostgres(url: string): GivenServer {
  const { host, port } = new pg.Client({ connectionString: url });
  const place = host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  return { name: "Postgres", variable: "DATABASE_URL", places: [place] };
}

/**
 * Waits until a server that the environment names takes connections, and says where it looks, at once and again and again.
 * What else may be wrong with it the services say.
 *
 * @throws Error when it has not answered in two minutes, and the signal's reason
 */
export async function waitForGiven(
  { announcer, signal }: Pick<StackContext, "announcer" | "signal">,
  { name, variable, places }: GivenServer,
  { connectMs, retryMs, sayEveryMs, maxMs } = patience,
): Promise<void> {
  const beganMs = performance.now();
  for (let nextSayMs = beganMs; ; ) {
    const answers = await Promise.all(places.map((place) => knock(place, connectMs)));
    signal.throwIfAborted();
    if (places.length === 0 || answers.includes(null)) return;
    const where = `${name} at ${places.map(placeName).join(", ")}`;
    const why = answers.join(", ");
    const nowMs = performance.now();
    const waitedSeconds = Math.round((nowMs - beganMs) / 1_000);
    if (nowMs - beganMs >= maxMs)
      throw new Error(
        `${where} has not answered for ${waitedSeconds} s (${why}). Start it, or set ${variable} to one that runs.`,
      );
    if (nowMs >= nextSayMs) {
      announcer.line(`Waiting for ${where}, which does not answer (${why}); ${variable} says where it is.`);
      nextSayMs = nowMs + sayEveryMs;
    }
    await sleep(retryMs, undefined, { signal });
  }
}

const placeName = (place: NetConnectOpts): string =>
  "path" in place ? place.path : `${place.host}:${place.port}`;

/** @returns null when somebody takes the connection, else why not */
function knock(place: NetConnectOpts, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(place);
    const end = (answer: string | null) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => end("no answer"));
    socket.once("connect", () => end(null));
    socket.once("error", ({ code, message }: NodeJS.ErrnoException) => end(code ?? message));
  });
}
