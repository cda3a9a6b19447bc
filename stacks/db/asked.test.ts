// What the db program asks Azure for, whole: the stacks of the repository, and choices that none of them makes.
import { join } from "node:path";
import { holdAsked } from "../testing/asked.ts";

const publicly = {
  publicAccess: true,
  firewallRules: [{ name: "office", start: "203.0.113.1", end: "203.0.113.9" }],
  retain: true,
  passwordVersion: 3,
};

describe("what db asks for", () => {
  holdAsked(join(import.meta.dirname, "testdata"), [
    ["db-dev", "db-dev", {}],
    ["db-prod", "db-prod", {}],
    ["db-public", "db-dev", publicly],
  ]);
});
