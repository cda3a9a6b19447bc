// A real Chromium for tests, and what a page in it does that nobody should see.
import { existsSync } from "node:fs";
import { type Browser, type Page, chromium } from "playwright-core";

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

/** Listens for exceptions and for what the content security policy forbids; each line is one of them. */
export async function watchTroubles(page: Page): Promise<string[]> {
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(`exception: ${error.message}`));
  await page.exposeFunction("noteViolation", (text: string) => troubles.push(`forbidden: ${text}`));
  // As text, here and below: these run in the browser, whose types this project's programs do not have.
  await page.addInitScript(
    `document.addEventListener("securitypolicyviolation", (event) =>
       noteViolation(event.effectiveDirective + " " + event.blockedURI))`,
  );
  return troubles;
}

/** How much of the page moved by itself so far; up to 0.1 counts as good (https://web.dev/articles/cls). */
export const layoutShift = (page: Page): Promise<number> =>
  page.evaluate<number>(
    `new Promise((resolve) => {
       let sum = 0;
       new PerformanceObserver((list) => {
         for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
       }).observe({ type: "layout-shift", buffered: true });
       setTimeout(() => resolve(sum), 100); // buffered entries come in a task of their own
     })`,
  );
