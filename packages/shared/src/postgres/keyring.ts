import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from "node:crypto";

/** Version 1 sealed with the ring's keys themselves; it is still opened. */
const format = { direct: "v1", envelope: "v2" } as const;
const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/** A credential cannot be sealed or opened; says which key is missing, never what was sealed. */
export class KeyringError extends Error {
  readonly code = "keyring";
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KeyringError";
  }
}

/**
 * Seals credentials in envelopes, with AES-256-GCM: each with a data key of its own, which is sealed with a key of the
 * ring. The sealed text names that key, and both parts are bound to what it belongs to: a record copied to another
 * account does not open. Another key of the ring can take over the envelope without the credential being opened.
 */
export class Keyring {
  readonly #keys: ReadonlyMap<string, KeyObject>;
  readonly activeKeyId: string;

  private constructor(keys: ReadonlyMap<string, KeyObject>, activeKeyId: string) {
    this.#keys = keys;
    this.activeKeyId = activeKeyId;
  }

  /**
   * @param text `id:base64,id:base64,…`, 32 bytes each; the first seals, all open
   * @throws {KeyringError}
   */
  static parse(text: string): Keyring {
    const keys = new Map<string, KeyObject>();
    for (const entry of text.split(",")) {
      const [id, encoded] = splitOnce(entry.trim(), ":");
      const key = Buffer.from(encoded, "base64");
      if (!/^[A-Za-z0-9_-]{1,32}$/.test(id) || key.length !== keyBytes) {
        throw new KeyringError(
          "MILLRACE_ENCRYPTION_KEYS must be <id>:<base64 of 32 bytes>, several separated by commas. " +
            "Make one with: echo k1:$(openssl rand -base64 32)",
        );
      }
      if (keys.has(id)) throw new KeyringError(`MILLRACE_ENCRYPTION_KEYS has two keys named "${id}"`);
      keys.set(id, createSecretKey(key));
    }
    const [activeKeyId] = keys.keys();
    return new Keyring(keys, activeKeyId ?? "");
  }

  has(keyId: string): boolean {
    return this.#keys.has(keyId);
  }

  /** @param boundTo what the secret belongs to, `<tenant>/<account>`; needed again to open it */
  seal(secret: string, boundTo: string): string {
    const dataKey = randomBytes(keyBytes);
    const wrapped = encrypt(this.#key(this.activeKeyId), dataKey, boundTo);
    const sealed = encrypt(createSecretKey(dataKey), Buffer.from(secret), boundTo);
    return [format.envelope, this.activeKeyId, wrapped, sealed].join(".");
  }

  /** @throws {KeyringError} unknown key, or not sealed for this owner */
  open(sealed: string, boundTo: string): string {
    const [version, keyId = "", ...parts] = sealed.split(".");
    return opening(keyId, boundTo, () => {
      if (version === format.envelope) {
        const [wrapped = "", text = ""] = parts;
        const dataKey = decrypt(this.#key(keyId), wrapped, boundTo);
        return decrypt(createSecretKey(dataKey), text, boundTo).toString();
      }
      if (version !== format.direct) throw new KeyringError("Sealed credentials have an unknown format");
      const joined = Buffer.concat(parts.map((part) => Buffer.from(part, "base64url")));
      return decrypt(this.#key(keyId), joined.toString("base64url"), boundTo).toString();
    });
  }

  /**
   * The same secret under the ring's first key.
   *
   * @returns null when it is under that key already
   * @throws {KeyringError} as `open`
   */
  rewrap(sealed: string, boundTo: string): string | null {
    const [version, keyId = "", wrapped = "", text = ""] = sealed.split(".");
    if (version !== format.envelope) return this.seal(this.open(sealed, boundTo), boundTo);
    if (keyId === this.activeKeyId) return null;
    const dataKey = opening(keyId, boundTo, () => decrypt(this.#key(keyId), wrapped, boundTo));
    return [version, this.activeKeyId, encrypt(this.#key(this.activeKeyId), dataKey, boundTo), text].join(
      ".",
    );
  }

  #key(id: string): KeyObject {
    const key = this.#keys.get(id);
    if (key === undefined) {
      throw new KeyringError(
        `Encryption key "${id}" is not in MILLRACE_ENCRYPTION_KEYS; add it back to open what it sealed`,
      );
    }
    return key;
  }
}

/** @returns iv, tag and text, base64url */
function encrypt(key: KeyObject, plain: Uint8Array, boundTo: string): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(boundTo));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString("base64url");
}

function decrypt(key: KeyObject, encrypted: string, boundTo: string): Buffer {
  const bytes = Buffer.from(encrypted, "base64url");
  const [iv, tag] = [bytes.subarray(0, ivBytes), bytes.subarray(ivBytes, ivBytes + tagBytes)];
  const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes })
    .setAAD(Buffer.from(boundTo))
    .setAuthTag(tag);
  return Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]);
}

function opening<T>(keyId: string, boundTo: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof KeyringError) throw error;
    throw new KeyringError(`Sealed credentials of ${boundTo} do not open: wrong key "${keyId}", or altered`);
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
