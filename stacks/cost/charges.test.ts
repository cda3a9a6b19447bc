// What is billed of the stacks as they are configured: each resource with its meters, keys and counts, whole.
import { join } from "node:path";
import type { Recording } from "../record.ts";
import { holdAsked } from "../testing/asked.ts";
import { chargesOf } from "./charges.ts";

const billed = ({ resources }: Recording): object =>
  Object.fromEntries(
    resources
      .map((resource) => [resource.name, chargesOf(resource) ?? "has no rule"] as const)
      .filter(([, charges]) => charges.length > 0),
  );

describe("what is billed", () => {
  holdAsked(
    join(import.meta.dirname, "testdata"),
    ["base-dev", "base-prod", "db-dev", "db-prod"].map((stack) => [stack, stack, {}]),
    billed,
  );
});
