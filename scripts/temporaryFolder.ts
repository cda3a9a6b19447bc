// A folder of a program's own, which goes when its block ends: `using folder = temporaryFolder();`.
import { mkdtempDisposableSync, type DisposableTempDir } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const temporaryFolder = (): DisposableTempDir =>
  mkdtempDisposableSync(join(tmpdir(), "spot-balancer-"));
