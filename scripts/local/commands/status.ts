// `npm run local -- status`: what runs, where it answers, and what has gone wrong.
import { type Addresses, readAddresses } from "../addresses.ts";
import { readEnvironment, stateDir, type Environment } from "../environment.ts";
import { supervisorStatus } from "../supervisor/client.ts";
import { environmentPaths } from "../processes/paths.ts";
import { problemsOf, type SupervisorStatus } from "../processes/status.ts";

export interface StatusReport {
  text: string;
  /** Everything runs. */
  healthy: boolean;
}

export async function status(): Promise<StatusReport> {
  const found = await supervisorStatus(environmentPaths(stateDir).socket);
  if (!found)
    return {
      text: "The local environment does not run. Start it with `npm run local -- up`.",
      healthy: false,
    };
  const environment = readEnvironment();
  // What is broken is told by the components; an address more would not be worth a failure.
  const addresses = environment && (await readAddresses(environment).catch(() => ({})));
  return {
    text: formatStatus(found, environment, addresses),
    healthy: found.phase === "ready" && !problemsOf(found),
  };
}

export function formatStatus(
  status: SupervisorStatus,
  environment: Environment | undefined,
  { page, prometheus }: Addresses = {},
): string {
  const rows = [
    ["supervisor", status.phase, String(status.pid)],
    ...status.components.map(({ name, state, pid }) => [name, state, String(pid ?? "")]),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map(
    ([name, state, pid]) => `${name!.padEnd(widths[0]!)}  ${state!.padEnd(widths[1]!)}  ${pid}`,
  );
  if (environment) {
    lines.push(
      "",
      `API server      ${environment.apiServer}`,
      `kubeconfig      ${environment.kubeconfig}`,
      `emulated Azure  ${environment.providers["azure-native"]}`,
      ...(prometheus === undefined ? [] : [`Prometheus      ${prometheus}`]),
      ...(page === undefined ? [] : [`page            ${page}`]),
    );
  }
  const problems = problemsOf(status);
  if (problems !== undefined) lines.push("", problems);
  return lines.map((line) => line.trimEnd()).join("\n");
}
