// The table of decisions: what happens to one resource.
import assert from "node:assert/strict";
import type { ResourceState } from "./model.ts";
import type { Difference } from "./providers/provider.ts";
import { planStep, protectedRefusal, type Situation } from "./steps.ts";
import { buildGoal } from "./testing/trial.ts";

const buildState = (over: Partial<ResourceState> = {}): ResourceState => ({
  urn: "urn:pulumi:base-local::trial::memory:index:Thing::a",
  type: "memory:index:Thing",
  custom: true,
  id: "a-1",
  inputs: { value: 1 },
  outputs: {},
  dependencies: [],
  propertyDependencies: {},
  ...over,
});
const none: Difference = { changes: "none", replaces: [], deleteBeforeReplace: false };
const some: Difference = { ...none, changes: "some" };

const buildSituation = (
  over: Omit<Partial<Situation>, "goal"> & { goal?: Parameters<typeof buildGoal>[3] } = {},
): Situation => ({
  old: buildState(),
  inputs: { value: 1 },
  difference: none,
  providerReplaced: false,
  interrupted: false,
  ...over,
  goal: buildGoal("a", { value: 1 }, "base-local", over.goal),
});

describe("planStep", () => {
  const cases: [name: string, situation: Situation, step: string][] = [
    ["what is not recorded", buildSituation({ old: undefined }), "create"],
    ["what did not change", buildSituation(), "same"],
    ["what the provider sees changed", buildSituation({ difference: some }), "update"],
    ["changed inputs that the provider calls equal", buildSituation({ inputs: { value: 2 } }), "same"],
    ["an interrupted update", buildSituation({ interrupted: true }), "update"],
    ["what was not ready", buildSituation({ old: buildState({ problems: ["no node"] }) }), "update"],
    ["a fixed property", buildSituation({ difference: { ...some, replaces: ["value"] } }), "replace after"],
    [
      "a fixed property and a name of its own",
      buildSituation({ difference: { changes: "some", replaces: ["value"], deleteBeforeReplace: true } }),
      "replace before",
    ],
    ["a provider for another cluster", buildSituation({ providerReplaced: true }), "replace after"],
    ["an unchanged component", buildSituation({ difference: undefined, goal: { custom: false } }), "same"],
    [
      "a changed component",
      buildSituation({ inputs: { value: 2 }, difference: undefined, goal: { custom: false } }),
      "update",
    ],
  ];
  for (const [name, situation, expected] of cases) {
    it(`${name}: ${expected}`, () => {
      const step = planStep(situation);
      assert.equal(
        step.op === "replace" ? `replace ${step.deleteFirst ? "before" : "after"}` : step.op,
        expected,
      );
    });
  }

  it("names every reason for a replacement once", () => {
    const step = planStep(
      buildSituation({
        inputs: { value: 2 },
        difference: { ...some, replaces: ["value", "value"] },
        providerReplaced: true,
      }),
    );
    assert.deepEqual(step.op === "replace" && step.because, ["value", "provider"]);
  });
});

describe("protect", () => {
  it("names all that is protected, and lets what is only read go", () => {
    const refusal = protectedRefusal(
      [
        buildState({ protect: true }),
        buildState({ urn: "free" }),
        buildState({ urn: "read", protect: true, external: true }),
      ],
      "delete",
    );
    assert.match(refusal!.message, /refusing to delete what the program protects:\n {2}- urn:.*::a\n/);
    assert.doesNotMatch(refusal!.message, /free|read$/m);
    assert.equal(protectedRefusal([buildState()], "delete"), undefined);
  });
});
