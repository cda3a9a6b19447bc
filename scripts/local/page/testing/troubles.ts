// For tests: what a page in a real browser does that nobody should see.
import type { Page } from "playwright-core";

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
