import type { LookupAddress } from "node:dns";
import { lookup, Resolver } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import type { WebhookRules } from "./webhook-rules.ts";

/**
 * A name leads to where webhooks may not go, or nowhere. One error for both: which names an internal name server knows is
 * nothing to tell those who choose the names.
 */
export class AddressRefusedError extends Error {
  readonly code = "address_refused";
  constructor(options?: ErrorOptions) {
    super("the name leads to no public address", options);
    this.name = "AddressRefusedError";
  }
}

export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** So long for one question to one server; the attempt's own time ends it in any case. */
const questionMsMax = 2_000;
const triesMax = 2;
const addressesMax = 8;

/**
 * Looks names up by DNS, and not with the system's call: that one runs on threads that files are read on as well, and a
 * name whose server never answers would hold one of these few.
 *
 * @param servers other servers than the machine's
 */
export function createResolve(
  { usesMachineNames }: Pick<WebhookRules, "usesMachineNames">,
  servers?: readonly string[],
): Resolve {
  if (usesMachineNames) return (hostname) => lookup(hostname, { all: true });
  const resolver = new Resolver({ timeout: questionMsMax, tries: triesMax });
  if (servers !== undefined) resolver.setServers(servers);
  return async (hostname) => {
    const [four, six] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    if (four.status === "rejected" && six.status === "rejected") throw four.reason;
    return [
      ...(four.status === "fulfilled" ? four.value.map((address) => ({ address, family: 4 })) : []),
      ...(six.status === "fulfilled" ? six.value.map((address) => ({ address, family: 6 })) : []),
    ];
  };
}

/**
 * The `lookup` of a socket: what it gives is what is connected to, so there is no moment in between at which a name could
 * come to mean another address. One address that is not allowed refuses the name as a whole.
 */
export function lookUpAllowed(
  { isAllowedAddress }: Pick<WebhookRules, "isAllowedAddress">,
  resolve: Resolve,
): LookupFunction {
  return (hostname, { all }, callback) => {
    allowedAddresses(isAllowedAddress, resolve, hostname).then(
      ([first, ...more]) => {
        if (all === true) callback(null, [first, ...more]);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}

async function allowedAddresses(
  isAllowed: (address: string) => boolean,
  resolve: Resolve,
  hostname: string,
): Promise<[LookupAddress, ...LookupAddress[]]> {
  const [first, ...more] = await resolve(hostname).catch((cause: unknown) => {
    throw new AddressRefusedError({ cause });
  });
  if (first === undefined || ![first, ...more].every(({ address }) => isAllowed(address)))
    throw new AddressRefusedError();
  return [first, ...more.slice(0, addressesMax - 1)];
}
