import assert from "node:assert/strict";
import { buildText } from "./buildText.ts";

const names = ["etcd", "kwok"];

describe("how far a build is", () => {
  const cases = [
    ["before it is known", { programs: 0, packages: 0, allPackages: 0, share: 0 }, 0, "their sources come"],
    [
      "expects what is usual before it has a pace",
      { programs: 0, packages: 0, allPackages: 3000, share: 0 },
      0,
      "0 of 2 programs, 0 of 3000 packages, about 9 minutes left",
    ],
    [
      "goes by its own pace then, the first packages being the quick ones",
      { programs: 1, packages: 500, allPackages: 3000, share: 0.25 },
      20_000,
      "1 of 2 programs, 500 of 3000 packages, about 2 minutes left",
    ],
    [
      "has the last programs to link when all is compiled",
      { programs: 1, packages: 3000, allPackages: 3000, share: 1 },
      100_000,
      "1 of 2 programs, 3000 of 3000 packages, the last are linked",
    ],
  ] as const;
  for (const [what, state, elapsed, expected] of cases)
    it(what, () => assert.equal(buildText({ ...state, names }, elapsed, 2), expected));
});
