// The providers of ours that stand in for plugins of the Pulumi CLI, beside the emulated Azure.
import { createRequire } from "node:module";
import type { Ports } from "../controlPlane/ports.ts";
import { kubernetesPackage } from "../engine/providers/kubernetes.ts";
import { randomPackage } from "../engine/providers/random.ts";
import { serveProvider } from "../engine/providers/serve.ts";
import type { LoopbackServer } from "../loopbackServer.ts";
import type { Part } from "../processes/status.ts";

const require = createRequire(import.meta.url);
const versionOf = (sdk: string): string => (require(`${sdk}/package.json`) as { version: string }).version;

export function providersPart(ports: Pick<Ports, "kubernetesProvider" | "randomProvider">): Part {
  let servers: LoopbackServer[] = [];
  return {
    start: async () => {
      servers = await Promise.all([
        serveProvider(
          { name: "kubernetes", version: versionOf("@pulumi/kubernetes"), definition: kubernetesPackage() },
          ports.kubernetesProvider,
        ),
        serveProvider(
          { name: "random", version: versionOf("@pulumi/random"), definition: randomPackage },
          ports.randomProvider,
        ),
      ]);
    },
    stop: async () => {
      await Promise.all(servers.splice(0).map((server) => server.close()));
    },
    components: () => [{ name: "providers", state: servers.length > 0 ? "running" : "stopped" }],
  };
}
