// `npm run manifest -- --prometheus URL --namespaces a,b > balancer.yaml`: the balancer as one file for kubectl.
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { manifestText } from "./manifest/text.ts";
import { exitCodes, rootCause } from "../balancer/failures.ts";
import { parseSettings, SettingsError } from "../stacks/deploy/balancer/settings.ts";
import { standaloneObjects } from "../stacks/deploy/balancer/standalone.ts";

interface Flags {
  policy?: string;
  [flag: string]: unknown;
}

const list = (text: string): string[] => text.split(",").filter(Boolean);

const program = new Command("npm run manifest --")
  .description(
    "The balancer alone, for any cluster: prints everything that `kubectl apply --server-side -f -` needs.",
  )
  .option("--prometheus <url>", "Prometheus with the kubelets' container metrics, as the cluster reaches it")
  .option(
    "--prometheus-secret-name <name>",
    "Secret with the file of --prometheus-config, as config.yaml, where it wants a login",
  )
  .option("--azure-client-id <guid>", "the identity that its azuread logs in as (workload identity)")
  .option("--namespaces <names>", "where workloads may move, separated by commas", list)
  .option("--policy <file>", "policy (YAML), see balancer/POLICY.md; its namespaces count, too")
  .option(
    "--image <image>",
    "the balancer's image; omitted: its program as a ConfigMap, on a stock Node image",
  )
  .option("--namespace <name>", "where the balancer itself runs")
  .option("--schedule <cron>", "when a round runs")
  .option("--no-watch", "rounds by schedule only, none at once when a spot node is lost or has come")
  .option("--node-selector <labels>", "nodes of the balancer itself, as key=value,key=value", labels)
  .option("--tolerations <keys>", "taints that the balancer's own pods tolerate, as key,key", tolerated)
  .option("--monitor", "also PodMonitor, PrometheusRule and dashboard, where the Prometheus operator is");

function tolerated(text: string): object[] {
  return list(text).map((key) => ({ key, operator: "Exists" }));
}

/** A label without a value is told of by the settings. */
function labels(text: string): Record<string, string | undefined> {
  const found: Record<string, string | undefined> = {};
  for (const pair of list(text)) {
    const [key = "", ...value] = pair.split("=");
    found[key] = value.length > 0 ? value.join("=") : undefined;
  }
  return found;
}

try {
  const { policy, ...flags } = program.parse().opts<Flags>();
  const problems: string[] = [];
  // Nothing stands for what is not given, so that the settings' own defaults hold.
  const settings = parseSettings(
    { ...flags, ...(policy !== undefined && { policy: readPolicy(policy, problems) }) },
    { problems },
  );
  const { objects } = await standaloneObjects(settings, { managedBy: "kubectl", namedByBytes: true });
  process.stdout.write(manifestText(objects));
} catch (error) {
  const expected = error instanceof SettingsError;
  process.stderr.write(`${expected ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = expected ? exitCodes.badInput : exitCodes.unexpected;
}

function readPolicy(file: string, problems: string[]): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    problems.push(`policy: expected a file that can be read, got ${rootCause(error)}`);
    return "";
  }
}
