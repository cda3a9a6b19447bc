// For cluster tests: a copy of this project, whose configuration and manifests a test changes as a person would.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseDocument } from "yaml";
import { projectRoot } from "../environment.ts";

const parts = [
  "Pulumi.yaml",
  "tsconfig.json",
  "package.json",
  "package-lock.json",
  "stacks",
  "balancer",
  "k8s",
  "scripts",
];
/** Packages are not copied: Node resolves links to where they really lie. */
const packageFolders = ["node_modules", "balancer/node_modules", "k8s/backend/node_modules", "k8s/frontend/node_modules"]; // prettier-ignore

export class ProjectCopy {
  readonly root = mkdtempSync(join(tmpdir(), "spot-balancer-project-"));

  constructor() {
    for (const part of parts) {
      cpSync(join(projectRoot, part), join(this.root, part), {
        recursive: true,
        filter: (source) => basename(source) !== "node_modules",
      });
    }
    for (const folder of packageFolders) {
      const source = join(projectRoot, folder);
      if (existsSync(source)) symlinkSync(source, join(this.root, folder));
    }
  }

  /** Replaces the one place that has this text. */
  edit(path: string, before: string, after: string): void {
    const file = join(this.root, path);
    const pieces = readFileSync(file, "utf8").split(before);
    if (pieces.length !== 2)
      throw new Error(`${path} has ${pieces.length - 1} times "${before}": expected it once`);
    writeFileSync(file, pieces.join(after));
  }

  /** @param key below `spot-balancer:`, with dots between its levels. `undefined` as value takes it away. */
  configure(stack: string, key: string, value: unknown): void {
    const file = join(this.root, `stacks/config/Pulumi.${stack}.yaml`);
    const document = parseDocument(readFileSync(file, "utf8"));
    const [first = "", ...deeper] = key.split(".");
    const path = ["config", `spot-balancer:${first}`, ...deeper];
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, value);
    writeFileSync(file, String(document));
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.root, path), text, { mode: 0o600 });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
