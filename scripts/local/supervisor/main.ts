// The process that owns a local environment; `npm run local -- up` starts it, detached from the terminal.
// Usage: node supervisor/main.ts '<SupervisorOptions as JSON>'. It runs until it is told to stop.
import { join } from "node:path";
import { ControlPlane } from "../controlPlane.ts";
import { choosePorts } from "../controlPlane/ports.ts";
import { removeEnvironment, stateDir, writeEnvironment } from "../environment.ts";
import { azurePart } from "./azurePart.ts";
import { Children } from "./children.ts";
import { imagePrograms } from "./imagePrograms.ts";
import type { LateTools, SupervisorOptions } from "./options.ts";
import { environmentPaths } from "../processes/paths.ts";
import { providersPart } from "./providersPart.ts";
import { supervise } from "./supervise.ts";

const { tools, gatewayApi, apiServerPort } = JSON.parse(process.argv[2] ?? "{}") as SupervisorOptions;
const paths = environmentPaths(stateDir);

await supervise({
  paths,
  prepare: async (log) => {
    const file = join(paths.run, "ports.json");
    const { ports, notes } = await choosePorts({ file, apiServer: apiServerPort, random: Math.random });
    notes.forEach(log);
    const children = new Children(paths);
    const controlPlane = await ControlPlane.prepare({ tools, paths, ports, gatewayApi });
    const executables = { ...imagePrograms(tools) };
    const azure = azurePart({
      paths,
      port: ports.azure,
      controlPlane,
      children,
      executables,
      log,
    });
    return {
      parts: [children, controlPlane, azure, providersPart(ports)],
      routes: {
        ...azure.routes,
        // Programs that were brought after the start. What runs already stays as it is.
        "POST /join": async (body) => {
          const late = body as LateTools;
          Object.assign(executables, { ...imagePrograms(late), ...executables });
          if (late["metrics-server"] !== undefined)
            await controlPlane.joinMetricsServer(late["metrics-server"]);
        },
      },
      onReady: () =>
        writeEnvironment({
          supervisorPid: process.pid,
          supervisorSocket: paths.socket,
          kubeconfig: controlPlane.kubeconfig,
          apiServer: controlPlane.server,
          providers: {
            "azure-native": `127.0.0.1:${ports.azure}`,
            kubernetes: `127.0.0.1:${ports.kubernetesProvider}`,
            random: `127.0.0.1:${ports.randomProvider}`,
          },
        }),
    };
  },
  onStopping: removeEnvironment,
});
