// For cluster tests that build on each other: once one has failed, those behind it are skipped.
import type { Suite } from "mocha";

/** Not Mocha's `bail`: where files run in parallel, that ends the whole run with the first failure. */
export function inOrder(suite: Suite): void {
  let hasFailed = false;
  suite.beforeEach(function () {
    if (hasFailed) this.skip();
  });
  suite.afterEach(function () {
    hasFailed ||= this.currentTest?.state === "failed";
  });
}
