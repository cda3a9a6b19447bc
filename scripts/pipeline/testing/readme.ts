// .github/README.md, as far as tests hold it to account: its set-up commands in their order, and its tables.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../local/index.ts";

export interface Readme {
  /** Lines of the shell below "Setting it up", continued ones joined. */
  commands: string[];
  /** Rows of the table whose first column is named so. */
  table(column: string): string[][];
}

export function readme(): Readme {
  const text = readFileSync(join(projectRoot, ".github/README.md"), "utf8");
  const setup = text.slice(text.indexOf("## Setting it up"), text.indexOf("## Reaching"));
  const blocks = [...setup.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  const cells = (line: string) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
  return {
    commands: blocks
      .join("")
      .replaceAll("\\\n", " ")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("#")),
    table(column) {
      const lines = text.split("\n");
      const start = lines.findIndex((line) => line.startsWith("|") && cells(line)[0] === column);
      const rows = lines.slice(start + 2);
      return rows
        .slice(
          0,
          rows.findIndex((line) => !line.startsWith("|")),
        )
        .map(cells);
    },
  };
}
