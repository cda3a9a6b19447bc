// The providers of one run: a default one per package, and those that the program configures as resources.
import { randomUUID } from "node:crypto";
import { isProvider, packageOf, providerReference, providerUrn, type ResourceState } from "../model.ts";
import { differences } from "../paths.ts";
import { reveal, type Properties } from "../values.ts";
import { type Difference, type ProviderClient, type ProviderPackage } from "./provider.ts";

export class Providers {
  readonly #packages: Record<string, ProviderPackage>;
  readonly #config: Record<string, string>;
  /** Finds a recorded provider resource, for deletions and refreshes that happen without the program. */
  readonly #recorded: (reference: string) => ResourceState | undefined;
  /** Configurations that the program gave in this run, by reference. */
  readonly #registered = new Map<string, Properties>();
  readonly #clients = new Map<string, Promise<ProviderClient>>();

  constructor(options: {
    packages: Record<string, ProviderPackage>;
    /** The stack's configuration: `azure-native:location` configures the default provider of azure-native. */
    config: Record<string, string>;
    recorded: (reference: string) => ResourceState | undefined;
  }) {
    this.#packages = options.packages;
    this.#config = options.config;
    this.#recorded = options.recorded;
  }

  /** The provider for a resource or function type; provider resources themselves have one of their own. */
  async for(type: string, reference?: string): Promise<ProviderClient> {
    const definition = this.#packages[packageOf(type)];
    if (!definition) {
      const known = Object.keys(this.#packages).sort().join(", ");
      throw new Error(
        `the embedded engine has no provider for ${type}; it has ${known}. Use the Pulumi CLI for others`,
      );
    }
    if (isProvider(type)) return providerResources(definition);
    const key = reference ?? packageOf(type);
    const started =
      this.#clients.get(key) ?? definition.configure(reveal(this.configuration(type, reference)));
    this.#clients.set(key, started);
    return started;
  }

  /** Makes an explicit provider known, or gives it its new configuration. */
  register(resource: Pick<ResourceState, "urn" | "id">, inputs: Properties): void {
    const reference = providerReference(resource);
    if (differences(this.#registered.get(reference), inputs).length) this.#clients.delete(reference);
    this.#registered.set(reference, inputs);
  }

  /** The configuration behind a reference; without a reference the default provider's. */
  configuration(type: string, reference?: string): Properties {
    if (reference === undefined) {
      const prefix = `${packageOf(type)}:`;
      const own = Object.entries(this.#config).filter(([key]) => key.startsWith(prefix));
      return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
    }
    const inputs = this.#registered.get(reference) ?? this.#recorded(reference)?.inputs;
    if (!inputs)
      throw new Error(`the provider ${providerUrn(reference)} of a ${type} is not recorded in this stack`);
    return inputs;
  }

  /** Whether a resource cannot move from one provider to another, as from one cluster to the next. */
  async mustReplace(type: string, before: string | undefined, after: string | undefined): Promise<boolean> {
    const definition = this.#packages[packageOf(type)];
    if (before === after || isProvider(type) || !definition?.diffConfig) return false;
    const [old, current] = [before, after].map((reference) => reveal(this.configuration(type, reference)));
    return (await definition.diffConfig(old!, current!)).replaces.length > 0;
  }

  async close(): Promise<void> {
    for (const client of await Promise.allSettled(this.#clients.values())) {
      if (client.status === "fulfilled") client.value.close();
    }
  }
}

/** The verdict on two configurations of a provider: the package is asked about changed ones only. */
export async function compareConfigs(
  definition: ProviderPackage,
  olds: Properties,
  news: Properties,
): Promise<Difference> {
  const same: Difference = { changes: "none", replaces: [], deleteBeforeReplace: false };
  if (!differences(olds, news).length) return same;
  return { ...same, changes: "some", ...(await definition.diffConfig?.(reveal(olds), reveal(news))) };
}

/** Provider resources seen as resources: their inputs are a configuration, and their id is made up here. */
function providerResources(definition: ProviderPackage): ProviderClient {
  return {
    check: (_subject, { news }) =>
      Promise.resolve({ inputs: news, failures: definition.checkConfig?.(reveal(news)) ?? [] }),
    diff: (_subject, { oldInputs, newInputs }) => compareConfigs(definition, oldInputs, newInputs),
    create: (_subject, { inputs, preview }) =>
      Promise.resolve({ id: preview ? "" : randomUUID(), outputs: inputs }),
    update: (_subject, { newInputs }) => Promise.resolve({ outputs: newInputs }),
    delete: () => Promise.resolve(),
    read: ({ id }, { inputs, outputs }) => Promise.resolve({ id, inputs, outputs }),
    invoke: () => Promise.reject(new Error("provider resources have no functions")),
    close: () => undefined,
  };
}
