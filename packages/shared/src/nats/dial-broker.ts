import { isIP } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { checkServerIdentity } from "node:tls";
import {
  type ConnectionOptions,
  connect,
  errors,
  type NatsConnection,
  type TlsOptions,
} from "@nats-io/transport-node";
import { backoffMs } from "../runtime/backoff.ts";
import type { Logger } from "../runtime/create-logger.ts";
import { BrokerTlsError, UserRefusedError } from "./broker-refusals.ts";
import { explainTlsFailure } from "./explain-tls-failure.ts";
import type { NatsAccess } from "./read-nats-access.ts";
import { isUserRefused } from "./watch-standing.ts";

const handshakeMsMax = 5_000;
const pingIntervalMs = 10_000;
const backoff = { baseMs: 250, capMs: 2_000 };

const untrusted: ReadonlySet<string> = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "CERT_SIGNATURE_FAILURE",
  "INVALID_CA",
]);

/**
 * Connects, waits for a broker that is away, and keeps reconnecting for ever: the client's defaults give up after ten
 * tries and notice a dead connection only after minutes.
 *
 * @param failuresMax how often it is tried before there was a connection, by those who only want to look
 * @throws {UserRefusedError}
 * @throws {BrokerTlsError}
 * @throws the client's error when it was tried as often as that
 */
export async function dialBroker(
  { servers, authenticator, tls }: NatsAccess,
  options: Pick<ConnectionOptions, "name" | "inboxPrefix">,
  log: Logger,
  failuresMax = Number.POSITIVE_INFINITY,
): Promise<NatsConnection> {
  for (let failures = 1; ; failures++) {
    try {
      return await connect({
        ...options,
        servers: [...servers],
        ...(authenticator === null ? {} : { authenticator }),
        ...(tls === null ? {} : { tls: { ...tls, checkServerIdentity: identityOf(servers) } as TlsOptions }),
        timeout: handshakeMsMax,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 500,
        reconnectJitter: 500,
        pingInterval: pingIntervalMs,
        maxPingOut: 3,
        ignoreAuthErrorAbort: true, // it would take a slow handshake for a refusal; watchStanding tells them apart
        noAsyncTraces: true, // an error object a request costs more than the request
      });
    } catch (error) {
      const why = await refusalOf(error, servers, tls);
      if (why !== null) throw why;
      if (failures >= failuresMax) throw error;
      log.warn({ err: error, failures }, "the broker is away, the start waits for it");
      await sleep(backoffMs(failures, Math.random(), backoff));
    }
  }
}

/**
 * For a server that is named by its address the client compares the certificate with the name "localhost". It has to be
 * for one of the addresses that we were told.
 */
function identityOf(servers: NatsAccess["servers"]): typeof checkServerIdentity {
  const hosts = servers.map((server) => new URL(`nats://${server}`).hostname.replace(/^\[|\]$/g, ""));
  const addresses = hosts.filter((host) => isIP(host) !== 0);
  return (name, certificate) => {
    if (name !== "localhost" || hosts.includes(name)) return checkServerIdentity(name, certificate);
    const refusals = addresses.map((address) => checkServerIdentity(address, certificate));
    return refusals.includes(undefined) ? undefined : (refusals[0] ?? checkServerIdentity(name, certificate));
  };
}

/** What no waiting mends; null for a broker that is away. */
async function refusalOf(
  error: unknown,
  servers: NatsAccess["servers"],
  tls: NatsAccess["tls"],
): Promise<Error | null> {
  if (isUserRefused(error)) return new UserRefusedError({ cause: error });
  const options = { cause: error };
  const { code = "", message = "" } = error as { code?: string; message?: string };
  if (untrusted.has(code))
    return new BrokerTlsError(
      "its certificate was signed by nobody we know. Set NATS_TLS_CA_FILE to the certificate of who signed it.",
      options,
    );
  if (code === "CERT_HAS_EXPIRED") return new BrokerTlsError("its certificate has expired.", options);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return new BrokerTlsError(`its certificate is for another name. ${message}`, options);
  if (code.startsWith("ERR_SSL_")) return new BrokerTlsError(`${message} (${code})`, options);
  if (error instanceof errors.ConnectionError && message.includes("does not support 'tls'"))
    return new BrokerTlsError(
      "it speaks plain text, and the configuration wants TLS. Give it a certificate, or use nats:// and no NATS_TLS_* here.",
      options,
    );
  if (/key values mismatch|PEM|no start line/i.test(message))
    return new BrokerTlsError(
      `NATS_TLS_CERT_FILE and NATS_TLS_KEY_FILE do not belong together. ${message}`,
      options,
    );
  if (!(error instanceof errors.TimeoutError)) return null;
  const [first = ""] = servers;
  const why = await explainTlsFailure(first, tls ?? {});
  return why === null ? null : new BrokerTlsError(why, options);
}
