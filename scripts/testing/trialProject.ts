// A Pulumi project of its own in a temporary folder, for tests that need real programs, states and the real engine.
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engine, projectRoot } from "../local/index.ts";

const { randomPackage, runStack } = await engine();

/** base makes a text; db uses it and protects what it makes. `length` is their only configuration. */
const program = `
import { Config, getStack, StackReference } from "@pulumi/pulumi";
import { RandomString } from "@pulumi/random";

export default async () => {
  const [layer, env] = getStack().split("-");
  const length = new Config().getNumber("length") ?? 8;
  if (length < 1) throw new Error("length: expected 1 or more");
  if (layer === "base") return { text: new RandomString("network", { length }).result };
  const base = new StackReference(\`organization/trial/base-\${env}\`);
  const keepers = { base: base.requireOutput("text") };
  return { text: new RandomString("server", { length, keepers }, { protect: true }).result };
};
`;

export interface TrialProject {
  projectDir: string;
  stateDir: string;
  packages: { random: typeof randomPackage };
  configure(stack: string, length: number): void;
  /** @throws AggregateError-like text when the engine reports failures */
  up(stack: string): Promise<void>;
  remove(): void;
}

export function buildTrialProject(): TrialProject {
  const projectDir = mkdtempSync(join(tmpdir(), "trial-"));
  const stateDir = join(projectDir, "state");
  const packages = { random: randomPackage };
  writeFileSync(join(projectDir, "Pulumi.yaml"), "name: trial\nruntime: nodejs\n");
  writeFileSync(join(projectDir, "package.json"), '{ "type": "module", "main": "index.js" }');
  writeFileSync(join(projectDir, "index.js"), program);
  symlinkSync(join(projectRoot, "node_modules"), join(projectDir, "node_modules"));
  return {
    projectDir,
    stateDir,
    packages,
    configure: (stack, length) =>
      writeFileSync(join(projectDir, `Pulumi.${stack}.yaml`), `config: { "trial:length": "${length}" }\n`),
    async up(stack) {
      const onEvent = () => undefined;
      const { failures } = await runStack({
        operation: "up",
        stack,
        projectDir,
        stateDir,
        packages,
        onEvent,
      });
      if (failures.length > 0) throw new Error(failures.join("\n"));
    },
    remove: () => rmSync(projectDir, { recursive: true }),
  };
}
