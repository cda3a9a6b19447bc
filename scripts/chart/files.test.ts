// The chart without Helm: what can be told of its files alone. With Helm: ways.cluster.test.ts.
import assert from "node:assert/strict";
import { chartFiles } from "./files.ts";
import { programFile } from "./expressions.ts";

describe("the chart", () => {
  it("fits with its program into the one Secret in which Helm keeps chart and manifest, as base64", async () => {
    const program = (await chartFiles()).get(programFile);
    assert.ok(Buffer.isBuffer(program));
    const all = 2 * program.length * (4 / 3);
    assert.ok(all < 0.92 * 2 ** 20, `${all} bytes: release it with an image (npm run chart -- --image …)`);
  });

  it("with an image has no program, and no setting's stand-in anywhere", async () => {
    const files = await chartFiles("example.com/spot-balancer:1");
    assert.ok(!files.has(programFile) && !files.has("templates/configmap-spot-balancer-program.yaml"));
    assert.match(String(files.get("values.yaml")), /^image: example\.com\/spot-balancer:1$/m);
    for (const [path, text] of files)
      if (path.startsWith("templates/")) assert.doesNotMatch(String(text), /helm-(?!$)[a-z]/, path);
  });
});
