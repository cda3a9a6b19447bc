// `npm run docs`: writes the generated parts of the documentation.
import { readFileSync, writeFileSync } from "node:fs";
import { withPolicyReference } from "../balancer/policy/reference.ts";
import { withReference } from "../stacks/config/reference.ts";

const documents: [path: string, renew: (text: string) => string][] = [
  ["../stacks/README.md", withReference],
  ["../balancer/POLICY.md", withPolicyReference],
];

for (const [path, renew] of documents) {
  const file = new URL(path, import.meta.url);
  writeFileSync(file, renew(readFileSync(file, "utf8")));
}
