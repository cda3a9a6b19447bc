// Secrets at rest: encrypted with a key in a file beside the states, readable by its owner only.
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { cipherOf, keyBytes } from "../passphrase.ts";
import { isObject, isSecret, rewrite, secret, type Secret, type Value } from "../values.ts";

const cipherKey = "ciphertext";

/** Turns secret values into ciphertext for the state file, and back. */
export interface Crypt {
  seal(value: Value): Value;
  open(value: Value): Value;
}

/** Reads the key of a folder, and makes one on first use. */
export function openCrypt(keyFile: string): Crypt {
  const cipher = cipherOf(readKey(keyFile));
  // A secret that did not change keeps its ciphertext, so that a state is written fast and compares well.
  const sealed = new WeakMap<Secret, Value>();

  const decrypt = (text: string): string => {
    try {
      return cipher.decrypt(text);
    } catch (error) {
      throw new Error(
        `the secrets of this state were encrypted with another key than the one in ${keyFile}`,
        { cause: error },
      );
    }
  };

  return {
    seal: (value) =>
      rewrite(value, (item) => {
        if (!isSecret(item)) return undefined;
        const known = sealed.get(item);
        if (known !== undefined) return known;
        const ciphertext: Value = { [cipherKey]: cipher.encrypt(JSON.stringify(item.value)) };
        sealed.set(item, ciphertext);
        return ciphertext;
      }),
    open: (value) =>
      rewrite(value, (item) => {
        const ciphertext = isObject(item) && Object.keys(item).length === 1 ? item[cipherKey] : undefined;
        if (typeof ciphertext !== "string") return undefined;
        const opened = secret(JSON.parse(decrypt(ciphertext)) as Value);
        sealed.set(opened as Secret, item);
        return opened;
      }),
  };
}

function readKey(file: string): Buffer {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    // "wx": two first runs at once agree on the one key that was written first.
    writeFileSync(file, randomBytes(keyBytes).toString("base64") + "\n", { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const key = Buffer.from(readFileSync(file, "utf8").trim(), "base64");
  if (key.length !== keyBytes) {
    throw new Error(
      `${file} should hold a key of ${keyBytes} bytes in base64, but holds ${key.length} bytes`,
    );
  }
  return key;
}
