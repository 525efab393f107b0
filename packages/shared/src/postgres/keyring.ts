import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from "node:crypto";

const format = "v1";
const keyBytes = 32;

/** A credential cannot be sealed or opened; says which key is missing, never what was sealed. */
export class KeyringError extends Error {
  readonly code = "keyring";
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KeyringError";
  }
}

/**
 * Seals credentials with AES-256-GCM. The sealed text names its key, and is bound to what it belongs to: a
 * record copied to another account does not open.
 */
export class Keyring {
  readonly #keys: ReadonlyMap<string, KeyObject>;
  readonly #activeKeyId: string;

  private constructor(keys: ReadonlyMap<string, KeyObject>, activeKeyId: string) {
    this.#keys = keys;
    this.#activeKeyId = activeKeyId;
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
      keys.set(id, createSecretKey(key));
    }
    const [activeKeyId] = keys.keys();
    return new Keyring(keys, activeKeyId ?? "");
  }

  /** @param boundTo what the secret belongs to, `<tenant>/<account>`; needed again to open it */
  seal(secret: string, boundTo: string): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.#key(this.#activeKeyId), iv).setAAD(
      Buffer.from(boundTo),
    );
    const sealed = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
    const parts = [iv, cipher.getAuthTag(), sealed].map((part) => part.toString("base64url"));
    return [format, this.#activeKeyId, ...parts].join(".");
  }

  /** @throws {KeyringError} unknown key, or not sealed for this owner */
  open(sealed: string, boundTo: string): string {
    const [version, keyId = "", iv = "", tag = "", text = ""] = sealed.split(".");
    if (version !== format) throw new KeyringError("Sealed credentials have an unknown format");
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.#key(keyId), Buffer.from(iv, "base64url"), {
        authTagLength: 16,
      })
        .setAAD(Buffer.from(boundTo))
        .setAuthTag(Buffer.from(tag, "base64url"));
      return decipher.update(text, "base64url", "utf8") + decipher.final("utf8");
    } catch (error) {
      if (error instanceof KeyringError) throw error;
      throw new KeyringError(
        `Sealed credentials of ${boundTo} do not open: wrong key "${keyId}", or altered`,
      );
    }
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

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
