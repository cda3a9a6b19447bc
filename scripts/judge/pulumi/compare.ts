// Two engines' records of one stack, side by side: what one has and the other has not. Pure.

/** A resource as an engine has recorded it, secrets in clear. */
export interface Recorded {
  urn: string;
  type: string;
  parent?: string;
  provider?: string;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[]>;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** The engines keep these for themselves: the CLI records the providers that nobody named, and when something was made. */
const isBookkeeping = ({ type, urn }: Recorded): boolean =>
  type.startsWith("pulumi:providers:") && urn.split("::").at(-1)!.startsWith("default");

/** What of a text differs between any two lives: [text, what stands for it]. */
export type Accident = [text: string, name: string];

/** The values that random resources have made. They come again in other stacks: gather them from all. */
export const accidentsIn = (resources: readonly Recorded[]): Accident[] =>
  resources.flatMap(({ urn, type, outputs }): Accident[] => {
    const result = outputs?.["result"];
    if (!type.startsWith("random:") || typeof result !== "string") return [];
    const name = `<${urn.split("::").at(-1)!}>`;
    return [
      [result, name],
      [Buffer.from(result).toString("base64"), name],
    ];
  });

/** Hashes of content that accidents are in, and the GUIDs that are made of the CLI's seed. */
const digests: [RegExp, string][] = [
  [/(?<=-)[0-9a-f]{10}(?=["\\])/g, "<digest>"],
  [/(?<=")[0-9a-f]{64}(?=")/g, "<digest>"],
  [/(?<="roleAssignmentName":")[0-9a-f-]{36}/g, "<guid>"],
];

function settled(resources: readonly Recorded[], accidents: readonly Accident[]): Recorded[] {
  let text = JSON.stringify(resources.filter((resource) => !isBookkeeping(resource)));
  for (const [accident, name] of accidents) text = text.replaceAll(accident, name);
  for (const [pattern, name] of digests) text = text.replaceAll(pattern, name);
  return JSON.parse(text) as Recorded[];
}

const providerOf = ({ provider = "" }: Recorded): string => {
  const urn = provider.slice(0, provider.lastIndexOf("::"));
  return urn.split("::").at(-1)!.startsWith("default") ? "" : urn;
};

const sorted = (list: readonly string[] = []): string[] => [...new Set(list)].sort();

/** What is compared of a resource; of its outputs the names, since their values tell of one object and one time. */
const aspects = (resource: Recorded): Record<string, unknown> => ({
  type: resource.type,
  parent: resource.parent ?? "",
  provider: providerOf(resource),
  dependencies: sorted(resource.dependencies),
  propertyDependencies: Object.fromEntries(
    Object.entries(resource.propertyDependencies ?? {})
      .map(([key, urns]): [string, string[]] => [key, sorted(urns)])
      .filter(([, urns]) => urns.length > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ),
  ...flatten("inputs", resource.inputs),
  outputs: sorted(Object.keys(resource.outputs ?? {})),
});

/** `inputs.spec.replicas` → value, for each leaf. */
function flatten(path: string, value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) return { [path]: value };
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, each]) => flatten(`${path}.${key}`, each)),
  ) as Record<string, unknown>;
}

/** The version of an SDK, which the CLI writes to each provider (pulumi/pulumi: pkg/resource/deploy/source_eval.go, SetProviderVersion). */
const isVersion = (resource: Recorded, key: string): boolean =>
  resource.type.startsWith("pulumi:providers:") && (key === "inputs.version" || key === "outputs");

/** One line for each difference; none is what is wanted. @param accidents of each life */
export function differences(
  ours: readonly Recorded[],
  theirs: readonly Recorded[],
  accidents: [ours: readonly Accident[], theirs: readonly Accident[]],
): string[] {
  const [mine, other] = [ours, theirs].map(
    (each, index) => new Map(settled(each, accidents[index]!).map((one) => [one.urn, one])),
  );
  const lines: string[] = [];
  for (const urn of new Set([...mine!.keys(), ...other!.keys()])) {
    const [one, two] = [mine!.get(urn), other!.get(urn)];
    if (!one || !two) {
      lines.push(`${urn}: only ${one ? "the embedded engine" : "the Pulumi CLI"} has it`);
      continue;
    }
    const [left, right] = [aspects(one), aspects(two)];
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const [a, b] = [JSON.stringify(left[key]), JSON.stringify(right[key])];
      if (a !== b && !isVersion(one, key))
        lines.push(`${urn}: ${key}: ${a} by the embedded engine, ${b} by the Pulumi CLI`);
    }
  }
  return lines.sort();
}
