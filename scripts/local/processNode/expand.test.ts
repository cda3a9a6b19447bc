import assert from "node:assert/strict";
import { expand } from "./expand.ts";

describe("$(VAR) expansion", () => {
  const values = new Map([
    ["HOST", "db"],
    ["PORT", "5432"],
    ["EMPTY", ""],
    ["NESTED", "$(HOST)"],
  ]);
  // The cases of Kubernetes' own expansion tests that matter here.
  const table: [text: string, expected: string][] = [
    ["$(HOST):$(PORT)", "db:5432"],
    ["$(MISSING)/x", "$(MISSING)/x"],
    ["$$(HOST)", "$(HOST)"],
    ["$$$(HOST)", "$db"],
    ["$$$$(HOST)", "$$(HOST)"],
    ["a$$b", "a$b"],
    ["$HOST ${HOST}", "$HOST ${HOST}"],
    ["$(HOST", "$(HOST"],
    ["$()", "$()"],
    ["[$(EMPTY)]", "[]"],
    ["$(NESTED)", "$(HOST)"],
    ["price: 5$", "price: 5$"],
  ];
  for (const [text, expected] of table)
    it(`${text} → ${expected}`, () => assert.equal(expand(text, values), expected));
});
