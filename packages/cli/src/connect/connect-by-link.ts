import type { ConnectLink, Millrace } from "@millrace/client";
import { findAccount } from "../api/find-account.ts";
import { waitUntil } from "../api/wait-until.ts";
import { type Run, untilInterrupted } from "../program/create-command.ts";
import { CommandError, exitCodes } from "../program/exit-codes.ts";
import { formatDuration } from "../syncs/render-progress.ts";
import { printable } from "../terminal/printable.ts";
import { openBrowser } from "./open-browser.ts";

export interface LinkOptions {
  readonly address: string | undefined;
  readonly returnUrl?: string | undefined;
  readonly open: boolean;
  readonly wait: boolean;
  /** Of the waiting, in seconds; absent: as long as the link is good. */
  readonly timeout?: number | undefined;
  readonly json: boolean;
}

const lookEveryMs = 1_000;
/** Who looks into a log of the waiting sees that it goes on. */
const tellEveryMs = 60_000;
const wordsMax = 400;

/** Makes a link, shows it to the person, and waits for what comes of it. */
export async function connectByLink(run: Run, millrace: Millrace, options: LinkOptions): Promise<number> {
  const { stdout, stderr } = run.world;
  const { address, json, wait } = options;
  const returnUrl = options.returnUrl ?? (await firstReturnUrl(millrace));
  const link = await millrace.connectLinks.create({ returnUrl, ...(await mailboxOf(millrace, address)) });
  if (json) stdout.write(`${JSON.stringify(link)}\n`);
  else
    stdout.write(
      `Open this in a browser, within ${formatDuration(secondsUntil(link.expiresAt))}:\n\n  ${link.url}\n\n`,
    );
  if (options.open && stdout.isTTY === true) openBrowser(link.url);
  if (!wait) return exitCodes.done;
  const left = () => "The link stays open.";
  return untilInterrupted(run, left, async (signal) => {
    const tell = (text: string) => void (json ? stderr : stdout).write(`${text}\n`);
    const ended = await follow(millrace, link, options.timeout, signal, tell);
    stdout.write(json ? `${JSON.stringify(ended)}\n` : describe(ended));
    return ended.status === "connected" ? exitCodes.done : exitCodes.unfinished;
  });
}

const secondsUntil = (at: string): number => Math.max(0, (Date.parse(at) - Date.now()) / 1_000);

async function firstReturnUrl(millrace: Millrace): Promise<string> {
  const { returnUrls } = await millrace.tenant.get();
  const [first] = returnUrls;
  if (first !== undefined) return first;
  throw new CommandError(
    "The tenant has no return address, and a browser has to be sent somewhere in the end. Set one: " +
      'PATCH /v1/tenant with {"returnUrls":["https://app.example.com/"]}, with an admin key.',
  );
}

/** A mailbox that is known is connected again, and accepts no other one. */
async function mailboxOf(
  millrace: Millrace,
  address: string | undefined,
): Promise<{ accountId?: string; loginHint?: string }> {
  if (address === undefined) return {};
  if (!address.includes("@")) return { accountId: (await findAccount(millrace, address)).id };
  const [known] = (await millrace.accounts.list({ email: address, limit: 1 }).page()).items;
  return known === undefined ? { loginHint: address } : { accountId: known.id };
}

/**
 * Waits, and says so: of each attempt that failed, because the person may try again, and now and then that it still waits.
 *
 * @returns the link as it ended, or as it is when the time is over
 */
async function follow(
  millrace: Millrace,
  { id, expiresAt }: ConnectLink,
  timeoutSeconds: number | undefined,
  signal: AbortSignal,
  tell: (text: string) => void,
): Promise<ConnectLink> {
  const endsMs =
    timeoutSeconds === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutSeconds * 1_000;
  const waits = () => formatDuration(Math.min(secondsUntil(expiresAt), (endsMs - Date.now()) / 1_000));
  tell(
    `Waiting for the person, at most ${waits()}. Ctrl-C ends the waiting, --timeout shortens it, --no-wait leaves it out; the link stays open.`,
  );
  let toldMs = Date.now();
  let failedAt: string | null = null;
  return waitUntil(
    async () => {
      const link = await millrace.connectLinks.get(id, { signal });
      if (link.status !== "open") return link;
      if (link.failure !== null && link.failure.at !== failedAt) {
        failedAt = link.failure.at;
        tell(`Not connected: ${link.failure.code}: ${printable(link.failure.message, wordsMax)}`);
      }
      if (Date.now() >= endsMs) return link;
      if (Date.now() - toldMs >= tellEveryMs) {
        toldMs = Date.now();
        tell(`Still waiting, at most ${waits()} more.`);
      }
      return null;
    },
    { lookEveryMs, signal },
  );
}

function describe({ status, accountId, syncId, failure, expiresAt }: ConnectLink): string {
  if (status === "connected")
    return syncId === null
      ? `Connected as ${accountId}.\n`
      : `Connected as ${accountId}; \`millrace watch ${syncId}\` shows its sync.\n`;
  const why =
    failure === null ? "" : ` The last attempt: ${failure.code}: ${printable(failure.message, wordsMax)}`;
  if (status === "open")
    return `Nothing was connected in that time. The link stays open for ${formatDuration(secondsUntil(expiresAt))} more.${why}\n`;
  return `The link has ended, and nothing was connected.${why}\n`;
}
