import { errors, type JWTVerifyGetKey, jwtVerify } from "jose";

/** What a push request's token has to say. */
export interface ExpectedPush {
  /** The audience that the subscription is configured with. */
  readonly audience: string;
  /** The service account that the subscription signs with. */
  readonly serviceAccount: string;
}

/** The token does not show that the request is from our subscription. Its message names the check, never the token. */
export class PushTokenError extends Error {
  readonly code = "push_token_refused";
}

const issuers = ["https://accounts.google.com", "accounts.google.com"];
/** Clocks differ. */
const leewaySeconds = 30;
/** Google's tokens are good for an hour. */
const ageSecondsMax = 3_600;

/**
 * Checks the OpenID Connect token that Pub/Sub puts on a push request
 * (https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions): Google's signature, RS256 and nothing else,
 * issuer, audience, service account, and that it is neither over nor of the future.
 *
 * @param authorization the request's header
 * @param keys Google's keys; what it throws but jose's own errors is passed on
 * @throws {PushTokenError}
 */
export async function checkPushToken(
  authorization: string | undefined,
  { audience, serviceAccount }: ExpectedPush,
  keys: JWTVerifyGetKey,
  now: Date,
): Promise<void> {
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) throw new PushTokenError("There is no signed bearer token.");
  const claims = await verified(token, audience, keys, now);
  if (claims.email !== serviceAccount) throw new PushTokenError("The service account is another one.");
  if (claims.email_verified !== true) throw new PushTokenError("The service account is not verified.");
}

async function verified(token: string, audience: string, keys: JWTVerifyGetKey, now: Date) {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ["RS256"],
      issuer: issuers,
      audience,
      requiredClaims: ["exp", "iat"],
      clockTolerance: leewaySeconds,
      maxTokenAge: ageSecondsMax,
      currentDate: now,
    });
    return payload;
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    const claim = "claim" in error && typeof error.claim === "string" ? `, claim ${error.claim}` : "";
    throw new PushTokenError(`The token is refused (${error.code}${claim}).`, { cause: error });
  }
}
