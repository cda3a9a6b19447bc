// The subject of the tokens, in both of GitHub's forms.
import assert from "node:assert/strict";
import { subjectOf, type Customization } from "./subject.ts";

const repository = { id: 1323153730, name: "ppconfig", owner: { id: 24213737, login: "vhvb1989" } };

describe("subjectOf", () => {
  const cases: [string, Customization, string][] = [
    // The answer that Azure/azure-dev#9382 shows, whose first two fields say otherwise.
    [
      "a new repository",
      { sub_claim_prefix: "repo:vhvb1989@24213737/ppconfig@1323153730" },
      "repo:vhvb1989@24213737/ppconfig@1323153730:environment:drift-dev",
    ],
    [
      "an old one",
      { sub_claim_prefix: "repo:vhvb1989/ppconfig" },
      "repo:vhvb1989/ppconfig:environment:drift-dev",
    ],
    ["a GitHub that says nothing of it", {}, "repo:vhvb1989/ppconfig:environment:drift-dev"],
  ];
  for (const [name, customization, expected] of cases)
    it(`knows ${name}`, () => assert.equal(subjectOf(repository, customization, "drift-dev"), expected));

  it("takes nothing for granted that it does not know", () =>
    assert.throws(
      () => subjectOf(repository, { sub_claim_prefix: "repo:other@1/ppconfig@2" }, "dev"),
      /begin with "repo:other@1\/ppconfig@2": expected repo:vhvb1989@24213737\/ppconfig@1323153730 or/,
    ));
});
