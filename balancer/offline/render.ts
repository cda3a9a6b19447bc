// What `--offline` prints: for people, or as SARIF, which GitHub shows at the lines of a pull request.
import { stringify } from "yaml";
import type { Obstacle, OfflineReport, Verdict } from "../offline.ts";
import { refusalReasons } from "../reasons.ts";

export function renderOffline({ score, cpuShare, workloads, notes }: OfflineReport): string {
  const could = workloads.filter(({ verdict }) => verdict === "spot").length;
  return [
    ...workloads.flatMap(linesOf),
    ...notes.map((note) => `note: ${note}`),
    workloads.length === 0
      ? "No Deployment, StatefulSet or ReplicaSet was found."
      : `Score ${score} of 100: ${could} of ${workloads.length} workloads could go to spot when they are idle, with ${Math.round(cpuShare * 100)} % of the CPU that is requested.`,
    "",
  ].join("\n");
}

function linesOf({ kind, namespace, name, origin, verdict, obstacles }: Verdict): string[] {
  const where = `${origin.file}:${origin.line}`;
  if (verdict === "spot") return [`${namespace}/${name} (${kind})  could go to spot  ${where}`];
  const stays = verdict === "purpose" ? "stays on purpose" : "stays";
  return [
    `${namespace}/${name} (${kind})  ${stays}  ${where}`,
    ...obstacles.flatMap(({ reason, message, changes }) => [
      `    ${reason}: ${message}`,
      ...changes.flatMap(({ advice, patch, of }) => [
        `      ${advice}`,
        ...(patch ? [`      patch of ${of}:`, ...indented(patch)] : []),
      ]),
    ]),
  ];
}

const indented = (patch: object) =>
  stringify(patch)
    .trimEnd()
    .split("\n")
    .map((line) => `        ${line}`);

/** https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function sarifOf({ workloads }: OfflineReport): object {
  const found = workloads.flatMap((verdict) => verdict.obstacles.map((obstacle) => ({ verdict, obstacle })));
  const ids = [...new Set(found.map(({ obstacle }) => obstacle.reason))].sort();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "spot-balancer",
            rules: ids.map((id) => ({ id, shortDescription: { text: refusalReasons[id] } })),
          },
        },
        results: found.map(({ verdict, obstacle }) => ({
          ruleId: obstacle.reason,
          ruleIndex: ids.indexOf(obstacle.reason),
          level: verdict.verdict === "purpose" ? "note" : "warning",
          message: { text: sentence(verdict, obstacle) },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: verdict.origin.file.replace(/^\.\//, "") },
                region: { startLine: verdict.origin.line },
              },
            },
          ],
        })),
      },
    ],
  };
}

function sentence({ kind, namespace, name }: Verdict, { message, changes }: Obstacle): string {
  const advice = changes.map(({ advice, patch, of }) =>
    patch ? `${advice} Patch of ${of}: ${JSON.stringify(patch)}` : advice,
  );
  return [`${kind} ${namespace}/${name} cannot go to spot: ${message}.`, ...advice].join(" ");
}
