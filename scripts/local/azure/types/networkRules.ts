// What Azure refuses of networks: ranges that do not fit, rules that clash, addresses of the wrong kind.
import { type Rule, type WorldRule, parentId } from "../resourceType.ts";
import { type Inputs, type Problem, at, isRecord, joinPath, listAt, numberAt, textAt } from "../problem.ts";
import { type Range, contains, overlap, parseRange, rangeProblems } from "./addresses.ts";

export const subnetToken = "azure-native:network:Subnet";

const prefixes = (inputs: unknown, path: string): string[] =>
  listAt(inputs, path).filter((item): item is string => typeof item === "string");

const ranges = (texts: string[]): Range[] => texts.map(parseRange).filter((range) => range !== undefined);

/** Address ranges of a virtual network's inputs. */
export const networkRanges = (inputs: Inputs): Range[] =>
  ranges(prefixes(inputs, "addressSpace.addressPrefixes"));

export const subnetRanges = (inputs: unknown): Range[] => {
  const single = textAt(inputs, "addressPrefix");
  return ranges([...(single ? [single] : []), ...prefixes(inputs, "addressPrefixes")]);
};

export const networkAddresses: Rule = (inputs) => {
  const texts = prefixes(inputs, "addressSpace.addressPrefixes");
  const problems = texts.flatMap((text, index) =>
    rangeProblems(`addressSpace.addressPrefixes[${index}]`, text),
  );
  if (inputs["addressSpace"] === undefined)
    problems.push({ path: "addressSpace", message: "is missing, and required" });
  const inline = listAt(inputs, "subnets").map((subnet, index) => ({
    path: `subnets[${index}]`,
    ranges: subnetRanges(subnet),
  }));
  const networks = ranges(texts);
  for (const [index, subnet] of inline.entries()) {
    problems.push(...outside(subnet.path, subnet.ranges, networks));
    for (const other of inline.slice(0, index))
      problems.push(...overlapping(subnet.path, subnet.ranges, other.ranges, other.path));
  }
  return problems;
};

function outside(path: string, inner: Range[], networks: Range[]): Problem[] {
  if (networks.length === 0) return [];
  return inner
    .filter((range) => !networks.some((network) => contains(network, range)))
    .map((range) => ({
      path,
      message: `${range.text} lies outside of the virtual network's ${networks.map(({ text }) => text).join(", ")}`,
    }));
}

function overlapping(path: string, mine: Range[], others: Range[], whose: string): Problem[] {
  return mine.flatMap((range) =>
    others
      .filter((other) => overlap(range, other))
      .map((other) => ({ path, message: `${range.text} overlaps ${other.text} of ${whose}` })),
  );
}

export const subnetAddresses: Rule = (inputs) => {
  const problems = rangeProblems("addressPrefix", textAt(inputs, "addressPrefix"));
  if (inputs["addressPrefix"] == null && inputs["addressPrefixes"] == null) {
    problems.push({ path: "addressPrefix", message: "is missing, and required" });
  }
  for (const range of subnetRanges(inputs)) {
    if (range.bits > 29)
      problems.push({ path: "addressPrefix", message: `${range.text} is smaller than Azure's least, /29` });
  }
  return problems;
};

export const subnetFits: WorldRule = (inputs, world, id) => {
  const network = world.find(parentId(id));
  const siblings = world
    .list(subnetToken)
    .filter((other) => parentId(other.id) === parentId(id) && other.id.toLowerCase() !== id.toLowerCase());
  return [
    ...outside("addressPrefix", subnetRanges(inputs), network ? networkRanges(network.inputs) : []),
    ...siblings.flatMap((other) =>
      overlapping("addressPrefix", subnetRanges(inputs), subnetRanges(other.inputs), other.id),
    ),
  ];
};

export const ruleShape =
  (base: string) =>
  (rule: unknown): Problem[] => {
    const problems: Problem[] = ["access", "direction", "priority", "protocol"]
      .filter((key) => isRecord(rule) && rule[key] == null)
      .map((key) => ({ path: joinPath(base, key), message: "is missing, and required" }));
    const priority = numberAt(rule, "priority");
    if (priority !== undefined && (priority < 100 || priority > 4096)) {
      problems.push({ path: joinPath(base, "priority"), message: `expected 100 to 4096, got ${priority}` });
    }
    for (const side of ["source", "destination"]) {
      for (const what of ["AddressPrefix", "PortRange"]) {
        const one = at(rule, `${side}${what}`);
        const many = at(rule, `${side}${what}${what === "AddressPrefix" ? "es" : "s"}`);
        const groups = what === "AddressPrefix" && at(rule, `${side}ApplicationSecurityGroups`);
        if (one !== undefined && many !== undefined) {
          problems.push({
            path: joinPath(base, `${side}${what}`),
            message: "give one range or a list of them, not both",
          });
        } else if (
          isRecord(rule) &&
          one === undefined &&
          many === undefined &&
          !groups &&
          !hasAny(rule, side, what)
        ) {
          problems.push({ path: joinPath(base, `${side}${what}`), message: "is missing, and required" });
        }
      }
    }
    return problems;
  };

/** The property is there, if only as a value that is not known yet. */
const hasAny = (rule: Record<string, unknown>, side: string, what: string): boolean =>
  [`${side}${what}`, `${side}${what}s`, `${side}${what}es`].some((name) => rule[name] != null);

export const uniquePriorities: Rule = (inputs) => {
  const rules = listAt(inputs, "securityRules");
  const problems = rules.flatMap((rule, index) => ruleShape(`securityRules[${index}]`)(rule));
  const seen = new Map<string, number>();
  for (const [index, rule] of rules.entries()) {
    const key = `${textAt(rule, "direction")} ${numberAt(rule, "priority")}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    else
      problems.push({
        path: `securityRules[${index}].priority`,
        message: `is taken by securityRules[${first}] (${key})`,
      });
  }
  return problems;
};

export const publicAddress: Rule = (inputs) => {
  const standard = textAt(inputs, "sku.name") === "Standard";
  const method = textAt(inputs, "publicIPAllocationMethod") ?? "Dynamic";
  return standard && method !== "Static"
    ? [{ path: "publicIPAllocationMethod", message: `a Standard address must be "Static", got "${method}"` }]
    : [];
};

export const idleTimeout: Rule = (inputs) => {
  const minutes = numberAt(inputs, "idleTimeoutInMinutes");
  return minutes !== undefined && (minutes < 4 || minutes > 120)
    ? [{ path: "idleTimeoutInMinutes", message: `expected 4 to 120 minutes, got ${minutes}` }]
    : [];
};

export const standardAddresses: WorldRule = (inputs, world) =>
  listAt(inputs, "publicIpAddresses").flatMap((reference, index) => {
    const path = `publicIpAddresses[${index}].id`;
    const address = world.find(textAt(reference, "id"));
    if (!address) return [{ path, message: `there is no resource ${textAt(reference, "id")}` }];
    const sku = textAt(address.inputs, "sku.name");
    return sku === "Standard"
      ? []
      : [{ path, message: `a NAT gateway takes Standard addresses, this one is ${sku ?? "Basic"}` }];
  });

export const globalLocation: Rule = (inputs) => {
  const location = textAt(inputs, "location");
  return location === undefined || location.toLowerCase() === "global"
    ? []
    : [{ path: "location", message: `private DNS has no region: say "global", not "${location}"` }];
};
