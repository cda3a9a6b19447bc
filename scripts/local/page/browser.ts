// A real Chromium.
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** @throws Error that says how to get one, when there is none */
export function chromiumPath(): string {
  const path = process.env["CHROMIUM"] ?? usual.find((path) => existsSync(path));
  if (path !== undefined) return path;
  throw new Error(
    `expected Chromium at ${usual.join(" or ")}: install it (apt-get install chromium), or set CHROMIUM to its path`,
  );
}

/** Its sandbox does not work for root, which tests in containers often are. */
export const chromiumArguments = (): string[] => (process.getuid?.() === 0 ? ["--no-sandbox"] : []);

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath(), args: chromiumArguments() });
