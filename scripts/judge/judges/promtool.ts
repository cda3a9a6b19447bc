// promtool: the configuration and rules that Prometheus would mount, and the unit tests of the rules.
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../local/index.ts";
import { foldersName, type Finding, type Rendering } from "../model.ts";

const rules = join(projectRoot, "k8s", "prometheus", "rules");

export async function promtool({ name, objects, folder }: Rendering, executable: string): Promise<Finding[]> {
  // The balancer alone asks a Prometheus that is somebody else's.
  if (!objects.some(({ kind, metadata }) => kind !== "NetworkPolicy" && metadata.name === "prometheus"))
    return [];
  const settings = objects.find(
    ({ kind, metadata }) => kind === "ConfigMap" && metadata.name.startsWith("prometheus-config"),
  );
  if (!settings) throw new Error("there is no ConfigMap prometheus-config");
  const work = `${folder}-prometheus`;
  mkdirSync(work);
  const files = Object.entries(settings["data"] as Record<string, string>);
  for (const [name, text] of files) writeFileSync(join(work, name), text);
  const ruleFiles = files.map(([name]) => name).filter((name) => name.endsWith(".rules.yml"));

  async function ask(check: string, args: string[], cwd = work): Promise<Finding[]> {
    try {
      await promisify(execFile)(executable, [...check.split(" "), ...args], { cwd });
      return [];
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return [{ judge: "promtool", check, object: "k8s/prometheus", text: (stderr + stdout).trim() }];
    }
  }
  const tests = readdirSync(rules).filter((file) => file.endsWith(".test.yml"));
  const found = await Promise.all([
    ask("check config", ["--syntax-only", "prometheus.yml"]),
    ask("check rules", ["--lint=all", "--lint-fatal", ...ruleFiles]),
    // They are of the files themselves, so once is enough.
    ...(name === foldersName ? [ask("test rules", tests, rules)] : []),
  ]);
  return found.flat();
}
