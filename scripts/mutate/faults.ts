// Faults that engineers make and Stryker does not know: the field beside, the other side, a wrong unit, half of a condition, a forgotten part.
//
// Stryker has no way to be given mutators, but keeps its own in a list. Nodes of the syntax tree are plain objects.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

interface Node {
  type: string;
  [field: string]: unknown;
}
interface Path {
  node: Node;
  parent: Node;
  key: string | number | null;
}
interface Mutator {
  name: string;
  mutate(path: Path, ...rest: unknown[]): Iterable<Node>;
}

/** What is easily taken for each other: fields, words, functions. */
const neighbors: readonly string[] = [
  "cpu memory",
  "memory storage",
  "requests limits",
  "requested used",
  "usage requests",
  "allocatable capacity",
  "regular spot",
  "ToSpot ToRegular",
  "usable lost",
  "interrupted starting",
  "updated replicas",
  "available updated",
  "replicas available",
  "currentReplicas desiredReplicas",
  "minReplicas maxReplicas",
  "minSize maxSize",
  "lowUtilization highUtilization",
  "hotUtilization coolUtilization",
  "enterCpuUtilization exitCpuUtilization",
  "cpuUtilization cpuUtilizationOverWindow",
  "cpuOverWindow cpu",
  "generation observedGeneration",
  "currentHealthy desiredHealthy",
  "maxMovesPerRound maxMovesPerHour",
  "maxSurge maxUnavailable",
  "windowMinutes maxSampleAgeMinutes",
  "minutes maxMinutes",
  "createdAt deletingAt",
  "sampledAt createdAt",
  "lastMovedAt placedAt",
  "lastMove lastReason",
  "at failedAt",
  "name namespace",
  "uid name",
  "source destination",
  "placement destination",
  "standing priority",
  "labels annotations",
  "key value",
  "type reason",
  "reason message",
  "hard used",
  "shared exclusive",
  "podAffinity podAntiAffinity",
  "zones demands",
  "matchLabels matchExpressions",
  "ready deletingAt",
  "ceil floor",
  "round ceil",
  "find findLast",
  "push unshift",
  "In NotIn",
  "Exists DoesNotExist",
  "NoSchedule PreferNoSchedule",
  "GET POST",
];
const others = new Map<string, string[]>();
for (const [a, b] of neighbors.map((pair) => pair.split(" ") as [string, string])) {
  others.set(a, [...(others.get(a) ?? []), b]);
  others.set(b, [...(others.get(b) ?? []), a]);
}

const identifier = (name: string): Node => ({ type: "Identifier", name });
const nameOf = (node: unknown): string => (node as { name?: string } | undefined)?.name ?? "";
const listOf = (value: unknown): Node[] => value as Node[];
/** As Stryker's own mutator of conditions has it: that one leaves these out one by one. */
const isCompared = ({ type, operator }: Node) =>
  (type === "BinaryExpression" && /^([!=]==?|[<>]=?)$/.test(String(operator))) ||
  (type === "LogicalExpression" && operator !== "??");

const wrongField: Mutator = {
  name: "WrongField",
  *mutate({ node }) {
    if (/^(Optional)?MemberExpression$/.test(node.type) && !node["computed"])
      for (const other of others.get(nameOf(node["property"])) ?? [])
        yield { ...structuredClone(node), property: identifier(other) };
    // `({ cpu }) => …`: the function as a whole, since a pattern is no place to choose in.
    if (node.type === "ArrowFunctionExpression")
      for (const [i, parameter] of listOf(node["params"]).entries())
        for (const [k, property] of listOf(parameter["properties"] ?? []).entries())
          for (const other of others.get(nameOf(property["key"])) ?? []) {
            const changed = structuredClone(node);
            const pattern = listOf(changed["params"])[i]!;
            Object.assign(listOf(pattern["properties"])[k]!, { key: identifier(other), shorthand: false });
            yield changed;
          }
  },
};

/** `const { cpu } = x`: what it is taken from has the other's value under that name. */
const wrongPart: Mutator = {
  name: "WrongPart",
  *mutate({ node, parent, key }) {
    const pattern = parent?.["id"] as Node | undefined;
    if (parent?.type !== "VariableDeclarator" || key !== "init" || pattern?.type !== "ObjectPattern") return;
    for (const property of listOf(pattern["properties"])) {
      for (const other of others.get(nameOf(property["key"])) ?? []) {
        const whole = identifier("whole");
        const value = {
          type: "MemberExpression",
          object: whole,
          property: identifier(other),
          computed: false,
        };
        const descriptor = object([["value", value]]);
        const create = {
          ...{ type: "CallExpression", arguments: [whole, object([[nameOf(property["key"]), descriptor]])] },
          callee: {
            ...{ type: "MemberExpression", object: identifier("Object"), computed: false },
            property: identifier("create"),
          },
        };
        yield {
          ...{ type: "CallExpression", arguments: [structuredClone(node)] },
          callee: {
            ...{ type: "ArrowFunctionExpression", params: [whole], body: create },
            ...{ async: false, expression: true },
          },
        };
      }
    }
  },
};

const object = (entries: [string, Node][]): Node => ({
  type: "ObjectExpression",
  properties: entries.map(([name, value]) => ({
    ...{ type: "ObjectProperty", key: identifier(name), value, computed: false, shorthand: false },
  })),
});

const wrongWord: Mutator = {
  name: "WrongWord",
  *mutate({ node, parent, key }) {
    if (node.type !== "StringLiteral" || parent.type.startsWith("TS")) return;
    if (key === "source" || (parent.type === "ObjectProperty" && key === "key")) return;
    for (const other of others.get(String(node["value"])) ?? [])
      yield { type: "StringLiteral", value: other };
  },
};

/** Seconds for milliseconds, minutes for seconds; or one more. */
const wrongNumber: Mutator = {
  name: "WrongNumber",
  *mutate({ node, parent, key }) {
    if (node.type !== "NumericLiteral" || (parent.type === "ObjectProperty" && key === "key")) return;
    const value = Number(node["value"]);
    const unit = value >= 1000 && value % 1000 === 0 ? 1000 : value >= 60 && value % 60 === 0 ? 60 : 0;
    const other = unit > 0 ? value / unit : Number.isInteger(value) ? value + 1 : value * 2;
    yield { type: "NumericLiteral", value: other };
  },
};

const halfCondition: Mutator = {
  name: "HalfCondition",
  *mutate({ node }) {
    if (node.type !== "LogicalExpression") return;
    const [left, right] = [node["left"], node["right"]] as [Node, Node];
    if (node["operator"] === "??") yield structuredClone(left);
    else {
      if (!isCompared(left)) yield structuredClone(right);
      if (!isCompared(right)) yield structuredClone(left);
    }
  },
};

const forgottenPart: Mutator = {
  name: "ForgottenPart",
  *mutate({ node }) {
    const field = { ObjectExpression: "properties", ArrayExpression: "elements" }[node.type];
    const parts = field ? listOf(node[field]) : [];
    if (parts.length < 2) return;
    for (let i = 0; i < parts.length; i++)
      yield { ...structuredClone(node), [field!]: structuredClone(parts.toSpliced(i, 1)) };
  },
};

const turnedOrder: Mutator = {
  name: "TurnedOrder",
  *mutate({ node }) {
    if (node.type === "ContinueStatement") yield { type: "BreakStatement", label: null };
    if (node.type !== "BinaryExpression" || node["operator"] !== "-") return;
    const [left, right] = [node["left"], node["right"]] as [Node, Node];
    if (left.type !== "NumericLiteral" && right.type !== "NumericLiteral")
      yield { ...structuredClone(node), left: structuredClone(right), right: structuredClone(left) };
  },
};

/** To be called before Stryker reads any code. @param every only one of so many faults, for a first look */
export async function addFaults(root: string, every: number): Promise<void> {
  const own = "node_modules/@stryker-mutator/instrumenter/dist/src/mutators/mutate.js";
  const { allMutators } = (await import(pathToFileURL(join(root, own)).href)) as { allMutators: Mutator[] };
  allMutators.push(
    ...[wrongField, wrongPart, wrongWord, wrongNumber, halfCondition, forgottenPart, turnedOrder],
  );
  let met = 0;
  for (const [i, mutator] of allMutators.entries())
    allMutators[i] = {
      ...mutator,
      *mutate(...args) {
        for (const fault of mutator.mutate(...args)) if (met++ % every === 0) yield fault;
      },
    };
}
