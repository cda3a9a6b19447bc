// The page in a real browser, on the real backend and database behind the real gateway: for a test that has brought up
// all stacks.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Browser, Page } from "playwright-core";
import { readAddresses } from "../../addresses.ts";
import { demoCluster } from "../../demo/cluster.ts";
import { playDemo } from "../../demo/demo.ts";
import { demoLoad } from "../../demo/load.ts";
import { type Environment, projectRoot } from "../../environment.ts";
import { loadKubeConfig, waitFor } from "../../kube.ts";
import { requestRound } from "../../scenario/rounds.ts";
import { type BreakableProxy, breakableProxy } from "./breakableProxy.ts";
import { launchBrowser } from "../browser.ts";
import { layoutShift, watchTroubles } from "./troubles.ts";

/** Where the pictures go that a person may look at afterwards. */
const pictures = join(projectRoot, ".local/screenshots");

/** @param environment asked when the tests begin */
export function inBrowser(environment: () => Environment): void {
  let config: KubeConfig;
  /** The page's own, without the way that can be cut. */
  let address: string;
  let browser: Browser;
  let way: BreakableProxy;
  let page: Page;
  let troubles: string[];

  const text = (selector: string) => page.locator(selector).innerText();
  const shows = (selector: string, wanted: RegExp, timeoutMs = 120_000) =>
    waitFor(async () => wanted.test(await text(selector)), {
      what: `${selector} to show ${String(wanted)}`,
      timeoutMs,
      intervalMs: 200,
    });
  const picture = async (name: string) => {
    await page.evaluate("scrollTo(0, 0)"); // or the header, which sticks, would be drawn in the middle
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true, animations: "disabled" });
  };

  before(async () => {
    mkdirSync(pictures, { recursive: true });
    browser = await launchBrowser();
    const { kubeconfig } = environment();
    config = loadKubeConfig(kubeconfig);
    address = (await readAddresses(environment())).page ?? "";
    await waitFor(async () => (await fetch(address)).ok, { what: "the page to answer", timeoutMs: 300_000 });
    way = await breakableProxy(address);
    page = await browser.newPage({ colorScheme: "light", viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(120_000);
    troubles = await watchTroubles(page);
    await page.goto(way.url);
    await shows(".state", /^Live$/);
  });
  after(async () => {
    await browser?.close();
    way?.close();
  });

  it("shows each pool with its nodes, and pods on them", async () => {
    for (const pool of ["regular", "spot", "system"]) {
      const nodes = page.locator(`.pool.${pool} [data-node]`);
      await nodes.first().waitFor();
      await nodes.locator("[data-pod]").first().waitFor();
    }
    await page.locator('.pool.system [data-owner="backend/backend-a"]').first().waitFor();
    await shows("#autoscalers", /backend\/backend-a/);
  });

  it("a pod that the balancer moves goes to its new node, and says why", async () => {
    const moved = page.locator('.pool.spot [data-owner="demo/nginx-demo"]');
    const comes = waitFor(
      async () => {
        if ((await moved.count()) > 0) return true;
        await requestRound(config, Date.now());
        return false;
      },
      { what: "nginx-demo on spot, on the page", timeoutMs: 300_000, intervalMs: 500 },
    );
    // From the beginning: the pod says it for a while only.
    const told = page.locator(".pool.spot .pod.moved em").first().waitFor({ timeout: 300_000 });
    await Promise.all([comes, told.then(() => picture("moved"))]);
    await shows("#events", /demo\/nginx-demo moves to spot: Idle/);
    await page.getByRole("button", { name: "Why not the others" }).click();
    await shows("#events", /stays: /);
    await page.getByRole("button", { name: "Moves" }).click();
  });

  it("charts move with every sample", async () => {
    const drawn = () => page.locator("#charts canvas").first().screenshot();
    await shows("#charts", /CPU\s+\d+%/);
    const before = await drawn();
    await waitFor(async () => !before.equals(await drawn()), { what: "another chart", timeoutMs: 120_000 });
  });

  it("makes load by its buttons, also from the keyboard, and says what came of it", async () => {
    await page.getByRole("button", { name: "CPU test" }).click();
    await page.getByRole("button", { name: "50 simultaneous requests" }).focus();
    await page.keyboard.press("Enter");
    await shows("#actions", /50 of 50 answered in [\d.]+ s.*by variant a/);
    await shows("#actions", /\(variant [ab]\): [\d,]+ steps in \d+\.\d s/);
    await shows(".variants", / a \d+% b \d+%/);
    assert.doesNotMatch(await text(".variants"), / 0%/);
  });

  it("sorts and filters processes from the keyboard", async () => {
    const rows = page.locator("#processes tbody tr");
    await rows.nth(5).waitFor();
    const head = page.locator("#processes thead th", { hasText: "Memory" });
    await head.getByRole("button").focus();
    await page.keyboard.press("Enter");
    assert.equal(await head.getAttribute("aria-sort"), "descending");
    await page.keyboard.press("Space");
    assert.equal(await head.getAttribute("aria-sort"), "ascending");
    await page.getByRole("searchbox", { name: "Filter processes" }).fill("node");
    await waitFor(async () => (await rows.allInnerTexts()).every((row) => row.includes("node")), {
      what: "only processes with node in their name",
      timeoutMs: 120_000,
    });
    // Everything that can be done is reached by the tabulator key, and seen to be.
    const reached = new Set<string>();
    await page.locator("body").press("Tab");
    for (let press = 0; press < 40; press++) {
      reached.add(
        await page.evaluate<string>(
          `{ const at = document.activeElement;
             const name = at.getAttribute("aria-label") ?? at.textContent.trim();
             name + (getComputedStyle(at).outlineStyle === "none" ? " (unseen)" : "") }`,
        ),
      );
      await page.keyboard.press("Tab");
    }
    for (const name of ["CPU test", "50 simultaneous requests", "Machine", "Moves", "Filter processes"])
      assert.ok(reached.has(name), `${name} among ${[...reached].join(", ")}`);
    await page.getByRole("searchbox", { name: "Filter processes" }).fill("");
  });

  it("says that the connection is lost, and goes on when it is back", async () => {
    way.cut();
    await shows(".state", /^Connection lost since .*Trying again/);
    await picture("lost");
    way.mend();
    await shows(".state", /^Live$/);
    const before = await text("#charts");
    await waitFor(async () => (await text("#charts")) !== before, {
      what: "other values in the charts",
      timeoutMs: 120_000,
    });
  });

  it("shows the demo: replicas come, what matters least goes to spot, and comes back when the load ends", async () => {
    const lines: string[] = [];
    const demo = playDemo({
      ...{ cluster: demoCluster(config), page: address, startLoad: demoLoad(address) },
      ...{ say: (line) => void lines.push(line), times: { pause: 0 } },
    });
    await Promise.all([
      demo,
      shows("#autoscalers", /backend\/backend-[ab]\s+([3-9]|2 → \d+) /, 300_000),
      shows("#events", /moves to spot: RegularPressure/, 600_000),
    ]);
    await shows("#events", /comes back to regular/);
    assert.match(lines.join("\n"), /\d+ requests, \d+ a second, .* answered by variant b/);
  });

  it("says what the present placement saves", () => shows(".top", /Saving \$[1-9][\d,]*\.\d\d a month/));

  it("fits a phone, and is readable in the dark", async () => {
    for (const [name, width, colorScheme] of [
      ["light", 1440, "light"],
      ["dark", 1440, "dark"],
      ["phone", 390, "light"],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await page.locator(".state.good").waitFor();
      // Charts get their new width a frame later, on a busy machine some frames.
      await waitFor(async () => (await page.evaluate("document.documentElement.scrollWidth")) === width, {
        what: `the page to be ${width} px wide (${name})`,
        timeoutMs: 120_000,
        intervalMs: 50,
      });
      const wide = `[...document.querySelectorAll(".scroll")].filter((e) => e.scrollWidth > e.clientWidth).length`;
      await waitFor(async () => (await page.evaluate(wide)) === 0, {
        what: `no table to be too wide (${name})`,
        timeoutMs: 120_000,
        intervalMs: 50,
      });
      await picture(name);
    }
  });

  it("does not jump, throws nothing, and does nothing that its content security policy forbids", async () => {
    assert.deepEqual(troubles, []);
    const again = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    again.setDefaultTimeout(120_000);
    await again.goto(way.url);
    await again.locator(".pool.spot [data-pod]").first().waitFor();
    await again.locator("#processes tbody tr").first().waitFor();
    const shift = await layoutShift(again);
    await again.close();
    assert.ok(shift < 0.1, `layout shift ${shift}`);
    // That the policy is there at all: this would be an attack.
    await page.evaluate(
      `document.head.append(Object.assign(document.createElement("script"), { src: "https://example.com/attack.js" }))`,
    );
    await waitFor(() => troubles.some((line) => line.startsWith("forbidden: script-src")), {
      what: "the policy to forbid a strange script",
      timeoutMs: 120_000,
    });
  });
}
