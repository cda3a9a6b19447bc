import assert from "node:assert/strict";
import { withFigures } from "./figures.ts";
import { measurement } from "./measurement.ts";

const readme = `# Benchmarks

<!-- figures: written by \`npm run bench -- --write\` -->

| figure      | value | beside it   | measured |
| ----------- | ----- | ----------- | -------- |
| \`round.cpu\` | 9 s   | 3 × reading | once     |
| \`page.time\` | 1 s   | 2 × paint   | once     |

<!-- end of the figures -->

What is what.
`;

describe("the table of figures", () => {
  it("takes in what a run has measured, and keeps the rest", () => {
    const figures = [measurement("round.cpu", 4, "s", "reading", 2), measurement("new", 1, "ms", "old", 4)];
    const written = withFigures(readme, figures, "2026-11-29, load 0.5");
    assert.deepEqual(
      written.split("\n").filter((line) => line.startsWith("| `")),
      [
        "| `round.cpu` | 4 s | 2 × reading | 2026-11-29, load 0.5 |",
        "| `page.time` | 1 s   | 2 × paint   | once     |",
        "| `new` | 1 ms | 0.25 × old | 2026-11-29, load 0.5 |",
      ],
    );
    assert.ok(written.startsWith("# Benchmarks\n\n<!-- figures"));
    assert.ok(written.endsWith("<!-- end of the figures -->\n\nWhat is what.\n"));
    assert.equal(withFigures(written, figures, "2026-11-29, load 0.5"), written);
  });

  it("needs its place", () => assert.throws(() => withFigures("# x", [], ""), /expected the lines/));
});
