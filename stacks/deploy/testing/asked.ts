// What the deploy program asks Kubernetes for beyond what k8s/ says already, or what another configuration has asked for.
import { readdirSync } from "node:fs";
import { parse } from "yaml";
import type { RecordedResource, Recording } from "../../record.ts";
import { open } from "../../testing/asked.ts";
import { differences } from "../../testing/differences.ts";
import { readWorkloadFile, type Manifest } from "../manifests.ts";
import { everyManifest } from "./everyManifest.ts";

type Tree = Record<string, unknown>;

/** By `Deployment backend/backend-a`. */
type Asked = Record<string, Tree>;

const k8s = new URL("../../../k8s/", import.meta.url);

/** Files that objects hold: `prometheus/prometheus.yml` below k8s/. */
const files = readdirSync(k8s, { recursive: true, encoding: "utf8" })
  .filter((path) => /(\.(yml|json|ts)|kubeconfig)$/.test(path) && !/(node_modules|\.test\.)/.test(path))
  .map((path) => ({ path: `k8s/${path}`, text: readWorkloadFile(path) }))
  .concat({ path: "stacks/deploy/unpack.js", text: readWorkloadFile("../stacks/deploy/unpack.js") });

/** A text as the file that it is, or with what it has otherwise. */
function likeItsFile(name: string, text: string): unknown {
  const same = files.find((file) => file.text === text);
  if (same) return { of: same.path };
  const like = files.find(({ path }) => path.endsWith(`/${name.replace(/^spot-/, "")}`));
  if (like) return { of: like.path, ...differences(parse(like.text), parse(text)) };
  return /\.ya?ml$/.test(name) ? parse(text) : text;
}

/** Names made from content change with each line of a program, images' digests by themselves, ports by chance. */
const withoutContent = (text: string): string =>
  text
    .replace(/(-)[0-9a-f]{10}(?![\w-])/g, "$1(content)")
    .replace(/:[\w.-]+@sha256:[0-9a-f]{64}/, ":(version)")
    .replace(/127\.0\.0\.1:\d+/, "127.0.0.1:(port)");

function shownData(data: Tree): Tree {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name,
      typeof value === "string" ? likeItsFile(name, value) : value,
    ]),
  );
}

/** In one line; the version is another one with each release. */
function shownLabels(labels: Tree): Tree {
  const isCommon = ([key]: [string, unknown]) => key.startsWith(commonLabels);
  const entries = Object.entries(labels);
  const common = entries
    .filter(isCommon)
    .map(
      ([key, value]) =>
        `${key.slice(commonLabels.length)}: ${key.endsWith("/version") ? "…" : String(value)}`,
    );
  const others = Object.fromEntries(entries.filter((entry) => !isCommon(entry)));
  return common.length > 0 ? { ...others, [commonLabels]: common.join(", ") } : others;
}

const commonLabels = "app.kubernetes.io/";

function shownInputs(value: unknown): unknown {
  if (typeof value === "string") return withoutContent(value);
  if (Array.isArray(value)) return value.map(shownInputs);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as Tree).map(([key, member]) => {
      if (key === "labels") return [key, shownLabels(member as Tree)];
      if (key === "binaryData")
        return [
          key,
          Object.keys(member as Tree)
            .join(" ")
            .replace(/-[\w-]{8}\./g, "-(content)."),
        ];
      return [key, shownInputs(key === "data" ? shownData(member as Tree) : member)];
    }),
  );
}

const nameOf = ({ kind, metadata: { namespace, name } }: Manifest): string =>
  withoutContent(`${kind} ${namespace ? `${namespace}/` : ""}${name}`);

const isManifest = (inputs: unknown): inputs is Manifest => typeof (inputs as Manifest).kind === "string";

/** Names that many resources wait for, and what is said instead. */
type Waits = [short: string, names: string[]][];

function shownResource(resource: RecordedResource, waits: Waits): Tree {
  const { type, name, inputs, dependsOn, ignoreChanges, protect, provider, formerParents } = resource;
  const [short, names] = waits.find(([, each]) => each.every((one) => dependsOn.includes(one))) ?? ["", []];
  const own = dependsOn.filter((each) => !names.includes(each)).map(withoutContent);
  const waitsFor = [...(short ? [short] : []), ...own].join(", ");
  return {
    ...(shownInputs(open(inputs)) as Tree),
    // What nearly all have is not said.
    ...(waitsFor !== usual && { "(waits for)": waitsFor }),
    ...(ignoreChanges.length > 0 && { "(ignores changes of)": ignoreChanges.join(", ") }),
    ...(protect && { "(protected)": true }),
    ...(formerParents && {
      "(once a child of)": formerParents.map((each) => each || "the stack").join(", "),
    }),
    ...(isManifest(inputs) && provider !== "cluster" && { "(provider)": provider ?? "none" }),
    ...(isManifest(inputs) && typeNameOf(inputs) !== `${type} ${name}` && { "(named)": `${type} ${name}` }),
  };
}

/** As Pulumi knows an object whose type and name are what they are elsewhere. */
const typeNameOf = ({ apiVersion, kind, metadata: { namespace, name } }: Manifest): string =>
  `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind} ${namespace ? `${namespace}/` : ""}${name}`;

/** Everything in k8s/, as if it had been asked for as it is. */
function manifests(): Asked {
  return Object.fromEntries(everyManifest().map((manifest) => [nameOf(manifest), manifest as Tree]));
}

/** Closed namespaces, with all that is in k8s/namespaces. */
const usual = "(namespaces)";

function askedOf({ resources }: Recording): Asked {
  const isOf = (...kinds: string[]) =>
    resources.filter(({ type }) => kinds.includes(type.split(":").at(-1)!));
  const [first = [], ...others] = isOf("Deployment").map(({ dependsOn }) => dependsOn);
  const waits: Waits = [
    [usual, first.filter((each) => others.every((one) => one.includes(each)))],
    ["(names and ranks)", isOf("Namespace", "PriorityClass").map(({ name }) => name)],
  ];
  return Object.fromEntries(
    resources.map((resource) => [
      isManifest(resource.inputs) ? nameOf(resource.inputs) : `${resource.type} ${resource.name}`,
      shownResource(resource, waits),
    ]),
  );
}

/** A file may stand for several objects: one for each namespace that policy allows. */
function likeIn(before: Asked, name: string): Tree | undefined {
  const [kind, path = ""] = name.split(" ");
  const alike = (each: string) => each.startsWith(`${kind} `) && each.endsWith(`/${path.split("/").at(-1)}`);
  return before[name] ?? before[Object.keys(before).find(alike) ?? ""];
}

/** @param before undefined: the manifests in k8s/ */
export function askedBeyond(before: Recording | undefined, recording: Recording): Tree {
  const [old, now] = [before ? askedOf(before) : manifests(), askedOf(recording)];
  const objects = Object.entries(now).map(([name, asked]) => {
    const like = likeIn(old, name);
    return [name, like ? differences(like, asked) : asked] as const;
  });
  const outputs = open(recording.outputs) as Tree;
  return {
    notMade: Object.keys(old).filter((name) => !(name in now)),
    objects: Object.fromEntries(objects.filter(([, asked]) => Object.keys(asked).length > 0)),
    outputs: shownInputs(before ? differences(open(before.outputs), outputs) : outputs),
  };
}
