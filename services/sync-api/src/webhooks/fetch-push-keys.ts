import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";

/** The keys cannot be had, which says nothing about the token: the request is to be sent again. */
export class PushKeysAwayError extends Error {
  readonly code = "push_keys_away";
}

const timeoutMs = 3_000;
/** Google changes its keys every few days, and lists new ones before it signs with them. */
const keptMs = 60 * 60_000;
/** Tokens that name keys which nobody knows do not make us ask more often than this. */
const unknownKeyPauseMs = 30_000;
/** Nor does a server that does not answer. */
const failurePauseMs = 1_000;

/** Google's public keys, asked for when needed and kept; asked again for a key that is not known, not too often. */
export function fetchPushKeys(jwksUrl: string, pauseMs = unknownKeyPauseMs): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    timeoutDuration: timeoutMs,
    cacheMaxAge: keptMs,
    cooldownDuration: pauseMs,
  });
  let failedAtMs = Number.NEGATIVE_INFINITY;
  return async (header, token) => {
    if (performance.now() < failedAtMs + failurePauseMs)
      throw new PushKeysAwayError("The keys were away just now.");
    try {
      return await keys(header, token);
    } catch (error) {
      if (isAboutToken(error)) throw error;
      failedAtMs = performance.now();
      throw new PushKeysAwayError("The keys cannot be fetched.", { cause: error });
    }
  };
}

/** The keys were there, and none of them is the token's. */
const isAboutToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported;
