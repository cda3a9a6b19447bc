// A password as PostgreSQL stores it (RFC 5803), made here so that the password itself never goes into a statement or log.
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

/** PostgreSQL's own default. */
const iterations = 4096;

/** `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`; `salt` is 16 random bytes. */
export function scramVerifier(password: string, salt: Buffer): string {
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, 32, "sha256");
  const key = (text: string): Buffer => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(key("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${stored}:${key("Server Key").toString("base64")}`;
}
