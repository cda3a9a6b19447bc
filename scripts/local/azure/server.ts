// The emulated Azure as a provider: for the embedded engine, and served by Pulumi's provider protocol in the place of the
// azure-native plugin.
import type { ProviderPackage } from "../engine/providers/provider.ts";
import { serveProvider } from "../engine/providers/serve.ts";
import { findType } from "./catalog.ts";
import { lastName } from "./ids.ts";
import { noMachines, type Machines } from "./machines.ts";
import { textAt } from "./problem.ts";
import { AzureProvider, type Log } from "./provider.ts";
import { Store } from "./store.ts";

export interface AzureOptions {
  /** Where the resources are remembered; without it they are gone with this process. */
  stateFile?: string;
  /** Default: none, which is enough for previews. */
  machines?: Machines;
  log?: Log;
  /** ms since 1970 */
  now?: () => number;
}

export interface EmulatedAzure {
  provider: ProviderPackage;
  /** Some weeks pass at once: Azure upgrades and grows what it is allowed to. */
  passTime(): void;
  /** Kubernetes versions that run: of each control plane and each pool, by name. */
  versions(): { name: string; version: string }[];
}

export interface AzureServer extends EmulatedAzure {
  /** `127.0.0.1:<port>` */
  address: string;
  stop(): Promise<void>;
}

/** The version that we stand in for: azure-native's in package.json. */
const version = "3.28.0";

/** Throws when the state cannot be read. */
export function emulatedAzure(options: AzureOptions = {}): EmulatedAzure {
  const store = new Store(options.stateFile, options.now);
  const { machines = noMachines, log = () => undefined } = options;
  const provider: ProviderPackage = {
    /** Settings of `azure-native:…` configuration. */
    configure(settings) {
      store.subscription = textAt(settings, "subscriptionId") || store.subscription;
      return Promise.resolve(new AzureProvider(store, machines, log, textAt(settings, "location")));
    },
  };
  return { provider, passTime: () => passTime(store), versions: () => versions(store) };
}

/**
 * Starts to serve; throws when the port is taken, too.
 * @param options.port of 127.0.0.1; default: any free one
 */
export async function serveAzure(options: AzureOptions & { port?: number } = {}): Promise<AzureServer> {
  const azure = emulatedAzure(options);
  const { address, close } = await serveProvider(
    { name: "azure-native", version, definition: azure.provider },
    options.port,
  );
  return { ...azure, address, stop: () => close(2_000) };
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
