import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A public key as a JWKS lists it (RFC 7517). */
export interface PublicJwk {
  readonly kty: string;
  readonly n: string;
  readonly e: string;
  readonly kid: string;
  readonly use: "sig";
  readonly alg: "RS256";
}

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: PublicJwk;
}

/** Keys that are listed at the same time, the newest first: Google lists the one before as well. */
const keysListed = 2;

/** Signs OpenID Connect tokens as Google does for Pub/Sub push. Its key is made when it is first needed. */
export class OidcSigner {
  private keys: readonly SigningKey[] = [];

  /** What a JWKS URL serves. */
  jwks(): { readonly keys: readonly PublicJwk[] } {
    this.newest();
    return { keys: this.keys.map(({ publicJwk }) => publicJwk) };
  }

  /** Signs with a new key from now on. Returns its id. */
  rotate(): string {
    const key = makeKey();
    this.keys = [key, ...this.keys].slice(0, keysListed);
    return key.kid;
  }

  /** A JWT with these claims, RS256. */
  sign(claims: Readonly<Record<string, unknown>>): string {
    const { kid, privateKey } = this.newest();
    const signed = `${encode({ alg: "RS256", kid, typ: "JWT" })}.${encode(claims)}`;
    return `${signed}.${sign("sha256", Buffer.from(signed), privateKey).toString("base64url")}`;
  }

  private newest(): SigningKey {
    if (this.keys.length === 0) this.rotate();
    return this.keys[0] as SigningKey;
  }
}

function makeKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { kty = "RSA", n = "", e = "" } = publicKey.export({ format: "jwk" });
  const kid = randomBytes(20).toString("hex");
  return { kid, privateKey, publicJwk: { kty, n, e, kid, use: "sig", alg: "RS256" } };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
