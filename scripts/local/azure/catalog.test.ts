// Each type's entry says where its price and our policies about it are; here that is held against them.
import assert from "node:assert/strict";
import { chargesOf } from "../../../stacks/cost/charges.ts";
import { rules, tagless } from "../../../stacks/policies/rules.ts";
import { findType, knownTypes } from "./catalog.ts";
import { propertiesOf } from "./checks/models.ts";
import { buildInputs } from "./testing/inputs.ts";

/** Inputs that every policy about a type complains of. */
const worst = {
  startIpAddress: "0.0.0.0",
  scaleSetPriority: "Spot",
  agentPoolProfiles: [{ scaleSetPriority: "Spot" }],
};

describe("the emulated Azure's types", () => {
  for (const token of knownTypes) {
    const type = findType(token);

    it(`${token} lies in the file of its name`, async () => {
      const name = token
        .split(":")[2]!
        .replace(/ByScope$/, "")
        .replace("IPA", "IpA");
      const file = `${name[0]!.toLowerCase()}${name.slice(1)}`;
      const module = (await import(`./types/${file}.ts`)) as Record<string, unknown>;
      assert.equal(module[file], type);
    });

    it(`${token} is ${type.billed ? "" : "not "}billed, as the estimate has it`, () => {
      const charges = chargesOf({
        type: token,
        name: "x",
        inputs: buildInputs(token.replace("azure-native:", "")),
      });
      assert.equal(
        (charges ?? assert.fail("the estimate does not know it")).length > 0,
        type.billed === true,
      );
    });

    it(`${token} is watched by the policies that it names, and by that of tags where it has tags`, () => {
      const resource = { type: token, name: "x", inputs: worst, protect: false };
      const watching = rules
        .filter((rule) => rule.check(resource, "prod").length > 0)
        .map(({ name }) => name);
      assert.deepEqual(watching.filter((name) => name !== "tags").sort(), [...(type.policies ?? [])].sort());
      const hasTags = propertiesOf(type.model)!.has("tags");
      assert.deepEqual([watching.includes("tags"), tagless.has(token)], [hasTags, !hasTags]);
    });
  }
});
