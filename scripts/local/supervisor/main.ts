// The process that owns a local environment; `npm run local -- up` starts it, detached from the terminal.
// Usage: node supervisor/main.ts '<SupervisorOptions as JSON>'. It runs until it is told to stop.
import { join } from "node:path";
import { ControlPlane } from "../controlPlane/index.ts";
import { choosePorts, type Ports } from "../controlPlane/ports.ts";
import { removeEnvironment, stateDir, writeEnvironment } from "../environment.ts";
import { azurePart } from "./azurePart.ts";
import { Children } from "./children.ts";
import type { SupervisorOptions } from "./options.ts";
import { environmentPaths } from "./paths.ts";
import { supervise } from "./supervise.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as SupervisorOptions;
const paths = environmentPaths(stateDir);
let ports: Ports;
let controlPlane: ControlPlane;

await supervise({
  paths,
  prepare: async (log) => {
    const chosen = await choosePorts({
      file: join(paths.run, "ports.json"),
      apiServer: options.apiServerPort,
      random: Math.random,
    });
    chosen.notes.forEach(log);
    ports = chosen.ports;
    controlPlane = await ControlPlane.prepare({ tools: options.tools, paths, ports });
    const children = new Children(paths);
    return [
      children,
      controlPlane,
      azurePart({ stateFile: join(stateDir, "azure.json"), port: ports.azure, log }),
    ];
  },
  onReady: () =>
    writeEnvironment({
      supervisorPid: process.pid,
      supervisorSocket: paths.socket,
      kubeconfig: controlPlane.kubeconfig,
      apiServer: controlPlane.server,
      azureProvider: `127.0.0.1:${ports.azure}`,
    }),
  onStopping: removeEnvironment,
});
