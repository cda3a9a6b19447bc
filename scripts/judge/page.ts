// `npm run judge:page`: Lighthouse on the page as it is served, with the real backend, on a phone and on a desktop.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import pRetry from "p-retry";
import { failWith } from "../failWith.ts";
import { page, type Site } from "../local/index.ts";
import { ensureNpmJudge } from "./install.ts";
import { type Judgement, readReport } from "./lighthouse/report.ts";
import { output } from "./output.ts";

/** How it is looked at; `0` is dark, `1` is light (blink/public/mojom/css/preferred_color_scheme.mojom). */
const views = {
  "a phone, in the dark": ["--blink-settings=preferredColorScheme=0"],
  "a desktop, in the light": ["--blink-settings=preferredColorScheme=1", "--preset=desktop"],
};

async function judge(
  program: string,
  site: Pick<Site, "folder" | "url">,
  [scheme, ...flags]: string[],
): Promise<Judgement> {
  const { chromiumArguments, chromiumPath } = await page();
  const report = join(site.folder, "report.json");
  const chrome = ["--headless=new", scheme, ...chromiumArguments()];
  const args = [
    ...[
      program,
      site.url,
      "--output=json",
      `--output-path=${report}`,
      "--quiet",
      "--no-enable-error-reporting",
    ],
    ...["--only-categories=performance,accessibility,best-practices,seo", ...flags],
    `--chrome-flags=${chrome.join(" ")}`,
  ];
  const env = { ...process.env, CHROME_PATH: chromiumPath() };
  await output(process.execPath, args, { env });
  return readReport(readFileSync(report, "utf8"));
}

async function judgePage(): Promise<boolean> {
  const program = await ensureNpmJudge("lighthouse", "cli/index.js");
  let site: Site | undefined;
  let good = true;
  try {
    site = await (await page()).startSite();
    for (const [view, flags] of Object.entries(views)) {
      // Its recording of a page's load fails now and then on a busy machine, and "Please run Lighthouse again" is its advice
      // (NO_NAVSTART; GoogleChrome/lighthouse#2394).
      const { folder, url } = site;
      const { scores, findings } = await pRetry(() => judge(program, { folder, url }, flags), {
        retries: 2,
        onFailedAttempt: ({ error, retriesLeft }) => {
          if (retriesLeft > 0) process.stdout.write(`${view}: once more: ${error.message}\n`);
        },
      });
      const told = Object.entries(scores).map(([name, score]) => `${name} ${score}`);
      process.stdout.write(`${view}: ${told.join(", ")}\n`);
      for (const finding of findings) process.stdout.write(`  ${finding}\n`);
      good &&= findings.length === 0;
    }
  } finally {
    await site?.stop();
  }
  return good;
}

await judgePage().then((good) => void (process.exitCode = good ? 0 : 1), failWith(2));
