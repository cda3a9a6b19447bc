// `npm run judge:azure`: every program and environment in the emulated Azure, from the first `up` over weeks to the end.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../environment.ts";
import { type Environment, Story, type Verdict } from "./story.ts";

/** Of today, so that budgets may start this month. */
const month = new Date().toISOString().slice(0, 8) + "01";

/** Each environment that has a file, production with every option on, and a database in public. */
function environments(): Environment[] {
  const names = readdirSync(join(projectRoot, "stacks/config")).flatMap(
    (file) => /^Pulumi\.base-(.+)\.yaml$/.exec(file)?.[1] ?? [],
  );
  return [
    ...names.map((env) => ({ env })),
    {
      env: "prod",
      base: {
        budget: { amount: 500, emails: ["ops@example.com"], startDate: month },
        azureMonitor: {
          workspaceId:
            "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/metrics/providers/Microsoft.Monitor/accounts/all",
        },
        sshPublicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE ops",
        systemPool: { count: 3, zones: ["1", "2", "3"] },
        spotPools: [
          { name: "spota", zones: ["1"] },
          { name: "spotb", vmSize: "Standard_D4as_v5", maxPrice: 0.05 },
        ],
      },
      db: { databases: ["bank", "shop"] },
    },
    {
      env: "dev",
      db: {
        publicAccess: true,
        firewallRules: [{ name: "office", start: "20.0.0.1", end: "20.0.0.9" }],
      },
    },
  ];
}

async function live(environment: Environment): Promise<Verdict[]> {
  const story = new Story(environment, Date.now);
  const layers = ["base", "db"] as const;
  const tags = { tags: { season: "winter" } };
  for (const layer of layers) await story.up(layer, "comes up");
  for (const layer of layers) await story.unchanged(layer, "nothing has changed right after");
  story.weeksPass();
  for (const layer of layers) await story.unchanged(layer, "nothing has changed after weeks");
  for (const layer of layers) await story.up(layer, "can be changed then", tags);
  for (const layer of layers) await story.unchanged(layer, "nothing has changed after that", tags);
  await story.up("base", "goes to the next minor version", { ...tags, kubernetesVersion: "1.36" });
  story.versionsAre("1.36");
  await story.unchanged("base", "nothing has changed after that upgrade", {
    ...tags,
    kubernetesVersion: "1.36",
  });
  for (const layer of layers.toReversed()) await story.destroy(layer);
  story.end();
  return story.verdicts;
}

const started = performance.now();
const all: Verdict[] = [];
const given = environments();
for (const environment of given) {
  const verdicts = await live(environment);
  all.push(...verdicts);
  for (const { what, problems } of verdicts)
    console.log(
      [`${problems.length ? "✗" : "✓"} ${what}`, ...problems.map((line) => `    ${line}`)].join("\n"),
    );
}
const failing = all.filter(({ problems }) => problems.length > 0).length;
const seconds = Math.round((performance.now() - started) / 1000);
console.log(`\n  ${all.length - failing} passing (${given.length} environments, ${seconds} s)`);
if (failing > 0) console.log(`  ${failing} failing`);
process.exitCode = failing > 0 ? 1 : 0;
