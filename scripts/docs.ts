// `npm run docs`: writes the generated parts of the documentation.
import { readFileSync, writeFileSync } from "node:fs";
import { withReference } from "../stacks/config/reference.ts";

const readme = new URL("../stacks/README.md", import.meta.url);
writeFileSync(readme, withReference(readFileSync(readme, "utf8")));
