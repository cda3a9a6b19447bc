// Values in stack files that the Pulumi CLI has encrypted with a passphrase, or can decrypt with it.
//
// Format of a value, `v1:<nonce>:<ciphertext and tag>`, and of `encryptionsalt`, `v1:<salt>:<the value "pulumi">`:
// pulumi/pulumi, sdk/go/common/resource/config/crypt.go and pkg/secrets/passphrase/manager.go. All parts are base64.
import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from "node:crypto";

/** Public, as is the salt in the stack files: local stacks have no secrets that are worth anything elsewhere. */
export const localPassphrase = "local";

/** AES-256-GCM, as the Pulumi CLI writes it. */
export interface Cipher {
  encrypt(text: string): string;
  /** @throws when the value was encrypted with another key */
  decrypt(value: string): string;
}

const algorithm = "aes-256-gcm";
const tagBytes = 16;
export const keyBytes = 32;
/** Takes about a second. */
const iterations = 1_000_000;

/**
 * @param encryptionSalt as it stands in the stack's file
 * @throws when the salt goes with another passphrase
 */
export function openPassphrase(passphrase: string, encryptionSalt: string): Cipher {
  const [, version, salt, check] = /^(v1):([^:]*):(.*)$/.exec(encryptionSalt) ?? [];
  if (version === undefined)
    throw new Error(`encryptionsalt: expected v1:<salt>:<value>; got "${encryptionSalt}"`);
  const found = cipherOf(keyFrom(passphrase, Buffer.from(salt ?? "", "base64")));
  try {
    found.decrypt(check ?? "");
  } catch (error) {
    throw new Error(
      "the stack's values are encrypted with another passphrase: set PULUMI_CONFIG_PASSPHRASE to it",
      {
        cause: error,
      },
    );
  }
  return found;
}

/** `encryptionsalt` for a stack file that has none yet. */
export function newEncryptionSalt(passphrase: string): string {
  const salt = randomBytes(8);
  return `v1:${salt.toString("base64")}:${cipherOf(keyFrom(passphrase, salt)).encrypt("pulumi")}`;
}

const keyFrom = (passphrase: string, salt: Buffer): Buffer =>
  pbkdf2Sync(passphrase, salt, iterations, keyBytes, "sha256");

export function cipherOf(key: Buffer): Cipher {
  return {
    encrypt(text) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv(algorithm, key, nonce);
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `v1:${nonce.toString("base64")}:${body.toString("base64")}`;
    },
    decrypt(value) {
      const [, nonce = "", body = ""] = value.split(":");
      const bytes = Buffer.from(body, "base64");
      const decipher = createDecipheriv(algorithm, key, Buffer.from(nonce, "base64"));
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      return decipher.update(bytes.subarray(0, -tagBytes), undefined, "utf8") + decipher.final("utf8");
    },
  };
}
