// Serves the emulated Azure by Pulumi's provider protocol, in the place of the azure-native plugin.
import { serveProvider } from "../engine/providers/serve.ts";
import { findType } from "./catalog.ts";
import { lastName } from "./ids.ts";
import { noMachines, type Machines } from "./machines.ts";
import { textAt } from "./problem.ts";
import { AzureProvider, type Log } from "./provider.ts";
import { Store } from "./store.ts";

export interface ServeOptions {
  /** Where the resources are remembered; without it they are gone when the server stops. */
  stateFile?: string;
  /** Default: none, which is enough for previews. */
  machines?: Machines;
  /** 127.0.0.1's port; default: any free one. */
  port?: number;
  log?: Log;
  /** ms since 1970 */
  now?: () => number;
}

export interface AzureServer {
  /** `127.0.0.1:<port>` */
  address: string;
  /** Some weeks pass at once: Azure upgrades and grows what it is allowed to. */
  passTime(): void;
  /** Kubernetes versions that run: of each control plane and each pool, by name. */
  versions(): { name: string; version: string }[];
  stop(): Promise<void>;
}

/** The version that we stand in for: azure-native's in package.json. */
const version = "3.28.0";

/** Starts to serve; throws when the port is taken or the state cannot be read. */
export async function serveAzure(options: ServeOptions = {}): Promise<AzureServer> {
  const store = new Store(options.stateFile, options.now);
  const { machines = noMachines, log = () => undefined } = options;
  const definition = {
    /** Settings of `azure-native:…` configuration. */
    configure(settings: object): Promise<AzureProvider> {
      store.subscription = textAt(settings, "subscriptionId") || store.subscription;
      return Promise.resolve(new AzureProvider(store, machines, log, textAt(settings, "location")));
    },
  };
  const listener = await serveProvider({ name: "azure-native", version, definition }, options.port);
  return {
    address: listener.address,
    passTime: () => passTime(store),
    versions: () => versions(store),
    stop: () => listener.close(2_000),
  };
}

function passTime(store: Store): void {
  for (const resource of store.list()) {
    const aged = findType(resource.token).age?.(resource);
    if (aged) store.put({ ...resource, outputs: { ...resource.outputs, ...aged } });
  }
}

function versions(store: Store): { name: string; version: string }[] {
  return store.list().flatMap(({ id, outputs }) => {
    const version =
      textAt(outputs, "currentKubernetesVersion") ?? textAt(outputs, "currentOrchestratorVersion");
    return version === undefined ? [] : [{ name: lastName(id), version }];
  });
}
