import rateLimit from "@fastify/rate-limit";
import type { FastifyRequest } from "fastify";
import type { Api } from "../api.ts";
import { ApiProblem } from "../http/problem.ts";
import type { Caller } from "./caller.ts";

/** Requests a minute, of one copy of the service; null: no limit. */
export interface RatesMax {
  readonly perCaller: number | null;
  /** Whoever calls from there; of IPv6 addresses, their network. */
  readonly perAddress: number | null;
  /** Requests from one address that showed no secret that is known. */
  readonly refusedPerAddress: number | null;
}

const windowMs = 60_000;
/** Who is remembered, of each kind: who called longest ago is forgotten first. */
const rememberedMax = 10_000;
/** Whoever has an IPv6 address has the other addresses of its network, too. */
const ipv6NetworkBits = 64;

/** @throws {ApiProblem} too_many_requests */
type Check = (request: FastifyRequest) => Promise<void>;

export interface RateLimits {
  /** Before it is known who calls. */
  readonly admitAddress: Check;
  /** Once it is known. */
  readonly admitCaller: Check;
  /** Counts a request whose secret nobody knows: others from the same address go on. */
  readonly noteRefused: Check;
}

/** Limits how often the API is asked, before it asks anybody itself. Each copy counts for itself. */
export async function createRateLimits(app: Api, max: RatesMax): Promise<RateLimits> {
  await app.register(rateLimit, {
    global: false,
    timeWindow: windowMs,
    cache: rememberedMax,
    ipv6Subnet: ipv6NetworkBits,
  });
  const ofAddress = counter(app, max.perAddress, {});
  const ofRefused = counter(app, max.refusedPerAddress, {});
  const ofCaller = counter(app, max.perCaller, {
    keyGenerator: ({ caller }) => holderOf(caller),
  });
  return {
    admitAddress: ofAddress,
    admitCaller: ofCaller,
    noteRefused: ofRefused,
  };
}

/** For whom a caller counts. Tokens count for their key: whoever makes many of them may not ask more often. */
function holderOf(caller: Caller | null): string {
  if (caller === null) return "";
  return caller.kind === "browser" ? `key ${caller.keyId}` : `${caller.kind} ${caller.id}`;
}

function counter(app: Api, max: number | null, options: Parameters<Api["createRateLimit"]>[0]): Check {
  if (max === null) return async () => {};
  const count = app.createRateLimit({ ...options, max });
  return async (request) => {
    const limit = await count(request);
    if (!limit.isAllowed && limit.isExceeded) throw tooMany(max, limit.ttlInSeconds);
  };
}

const tooMany = (max: number, seconds: number): ApiProblem =>
  new ApiProblem(
    "too_many_requests",
    `At most ${max} of these requests a minute are answered. Go on in ${seconds} s.`,
    { headers: { "retry-after": String(seconds) } },
  );
