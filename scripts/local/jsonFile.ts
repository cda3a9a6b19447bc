// A JSON file for this user alone, which outlives the process that wrote it.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Undefined: there is none.
 * @param remedy what to do about one that is damaged
 * @param take makes something of its content, or throws
 */
export function readJson<Content, T = Content>(
  file: string,
  remedy: string,
  take: (content: Content) => T = (content) => content as unknown as T,
): T | undefined {
  try {
    return take(JSON.parse(readFileSync(file, "utf8")) as Content);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new Error(`${file} is damaged (${message}): ${remedy}`, { cause: error });
  }
}

/** In one step: a crash leaves the old file or the new one. */
export function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.new`;
  rmSync(draft, { force: true }); // one that a crash left behind would keep its mode
  writeFileSync(draft, JSON.stringify(value, null, 2) + "\n", { mode: 0o600 });
  renameSync(draft, file);
}
