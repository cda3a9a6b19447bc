import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { loadPrices } from "./prices.ts";

interface Group {
  source: string;
  prices: Record<string, number>;
}

describe("loadPrices", () => {
  let folder: string;
  before(() => void (folder = mkdtempSync(join(tmpdir(), "prices-"))));
  after(() => rmSync(folder, { recursive: true }));

  const write = (text: string) => {
    const path = join(folder, "prices.yaml");
    writeFileSync(path, text);
    return path;
  };

  it("finds a price by region, and the ones that are the same everywhere", () => {
    const prices = loadPrices();
    assert.equal(prices.find("vmHour", "Standard_B2s", "westeurope")?.amount, 0.048);
    assert.equal(prices.find("vmHour", "Standard_B2s", "eastus")?.amount, 0.0416);
    assert.equal(prices.find("clusterHour", "Standard", undefined)?.amount, 0.1);
    assert.equal(prices.find("vmHour", "Standard_B2s", "atlantis"), undefined);
  });

  it("takes a file of one's own first, price by price", () => {
    const own = write(
      "asOf: 2027-01-01\ncurrency: USD\nregions: { eastus: { spotHour: [{ source: me, prices: { Standard_D2as_v5: 0.02 } }] } }",
    );
    const prices = loadPrices(own);
    assert.deepEqual(prices.find("spotHour", "Standard_D2as_v5", "eastus"), { amount: 0.02, source: "me" });
    assert.equal(prices.find("vmHour", "Standard_B2s", "eastus")?.amount, 0.0416);
    assert.equal(prices.asOf, "2027-01-01");
    const elsewhere = write("asOf: 2020-01-01\ncurrency: USD\nregions: { atlantis: {} }");
    assert.equal(loadPrices(elsewhere).asOf, loadPrices().asOf, "the newest");
  });

  it("refuses a file of another form with every problem and the form", () => {
    const bad = write("asOf: today\ncurrency: EUR\nregion: {}");
    assert.throws(
      () => loadPrices(bad),
      (error: Error) => {
        assert.match(error.message, /asOf/);
        assert.match(error.message, /currency/);
        assert.match(error.message, /region/);
        return true;
      },
    );
  });

  it("states a dated source for every bundled price, and no spot price above the regular one", () => {
    const file = parse(readFileSync(join(import.meta.dirname, "prices.yaml"), "utf8")) as {
      asOf: string;
      sources: Record<string, { date: string }>;
      everywhere: Record<string, Group[]>;
      regions: Record<string, Record<string, Group[]>>;
    };
    const groups = [file.everywhere, ...Object.values(file.regions)].flatMap((meters) =>
      Object.values(meters).flat(),
    );
    for (const { source } of groups)
      assert.match(file.sources[source]?.date ?? `no source ${source}`, /^20\d\d-\d\d-\d\d$/);
    assert.equal(
      Object.values(file.sources)
        .map(({ date }) => date)
        .sort()
        .at(-1),
      file.asOf,
    );
    for (const meters of Object.values(file.regions)) {
      const regular = Object.assign({}, ...(meters["vmHour"] ?? []).map(({ prices }) => prices)) as Record<
        string,
        number
      >;
      for (const [size, spot] of (meters["spotHour"] ?? []).flatMap(({ prices }) => Object.entries(prices))) {
        assert.ok(spot < (regular[size] ?? 0), size);
      }
    }
  });
});
