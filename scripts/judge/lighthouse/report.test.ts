import assert from "node:assert/strict";
import { readReport } from "./report.ts";

const node = { snippet: `<button class="x">` };
const buildReport = (changes: object = {}) =>
  JSON.stringify({
    categories: {
      performance: { score: 0.82, auditRefs: [{ id: "speed-index", weight: 10 }] },
      accessibility: {
        score: 0.946,
        auditRefs: [
          { id: "color-contrast", weight: 7 },
          { id: "button-name", weight: 7 },
          { id: "video-caption", weight: 7 },
          { id: "focus-traps", weight: 0 },
        ],
      },
      seo: { score: 1, auditRefs: [{ id: "document-title", weight: 1 }] },
    },
    audits: {
      "speed-index": { score: 0.4, title: "Speed Index" },
      "color-contrast": { score: 0, title: "Contrast is low", details: { items: [{ node }, { url: "u" }] } },
      "button-name": { score: 1, title: "Buttons have names", details: { items: [{ node }] } },
      "video-caption": { score: null, title: "Videos have captions" },
      "focus-traps": { score: 0, title: "To be checked by hand" },
      "document-title": { score: 1, title: "There is a title" },
    },
    ...changes,
  });

describe("Lighthouse's report", () => {
  it("is cut down to scores, and to the checks that take points", () => {
    assert.deepEqual(readReport(buildReport()), {
      scores: { performance: 82, accessibility: 95, seo: 100 },
      findings: [`accessibility: color-contrast: Contrast is low: <button class="x">; {"url":"u"}`],
    });
  });

  it("without a look at the page, or with a category that was not judged, is no judgement", () => {
    const runtimeError = { code: "NO_FCP", message: "The page did not paint anything" };
    assert.throws(
      () => readReport(buildReport({ runtimeError })),
      /could not judge the page: The page did not/,
    );
    const categories = { seo: { score: null, auditRefs: [] } };
    assert.throws(() => readReport(buildReport({ categories })), /no score for seo/);
  });
});
