// How pods run a program of ours: its bundle, mounted as their volume "program", or an image with it inside.
import { readFileSync } from "node:fs";
import type { V1PodSpec } from "@kubernetes/client-node";
import { bundle, type Bundle } from "./bundle.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { Manifest } from "./manifests.ts";
import { useConfigMap } from "./podSpec.ts";

export interface Program {
  /** Omitted: `entry` runs on the stock Node image. */
  image: string | undefined;
  /** Path of the program's TypeScript file. */
  entry: string;
  /** Whether the bundle's name says its compressed bytes, which differ between machines, or the module in it. */
  namedByBytes?: boolean;
}

export interface RunnableProgram {
  runIn(pod: V1PodSpec): void;
  /** The bundle; nothing with an image. */
  belongings: Manifest[];
  /** The bundle's ConfigMap, or the image. */
  name: string;
}

/** @param identity of the bundle's ConfigMap */
export async function runProgram(
  identity: { name: string; namespace: string; labels: Record<string, string> },
  { image, entry, namedByBytes = false }: Program,
): Promise<RunnableProgram> {
  if (image !== undefined) return { runIn: (pod) => useImage(pod, image), belongings: [], name: image };
  const program = await programConfigMap(identity, entry, namedByBytes);
  return {
    runIn: (pod) => useConfigMap(pod, "program", program),
    belongings: [program],
    name: program.metadata.name,
  };
}

/** By entry: a program stays as it is while this one runs, which tests do often. */
const bundles = new Map<string, Promise<Bundle>>();

/** The program and what unpacks it: `node --import=<mount>/unpack.mjs /tmp/main.mjs`. */
async function programConfigMap(
  identity: { name: string; namespace: string; labels: Record<string, string> },
  entry: string,
  namedByBytes: boolean,
): Promise<Manifest> {
  const made = bundles.get(entry) ?? bundle(entry);
  bundles.set(entry, made);
  const { gzip, sha256 } = await made;
  const unpack = readFileSync(new URL("unpack.js", import.meta.url), "utf8");
  return contentNamedConfigMap(identity, {
    data: { "unpack.mjs": unpack },
    binaryData: { "main.mjs.gz": gzip },
    ...(!namedByBytes && { identity: sha256 + unpack }),
  });
}

/** What an image of one's own has inside. */
const contained = ["program", "page"];

/** The image starts by its own entry point; arguments behind the program's file are the program's, and stay. */
function useImage(pod: V1PodSpec, image: string): void {
  const [container] = pod.containers;
  if (!container) throw new Error("the manifest has no container");
  container.image = image;
  // A tag may be moved to another image, so the registry is asked at each start.
  if (!image.includes("@sha256:")) container.imagePullPolicy = "Always";
  delete container.command;
  const { args = [] } = container;
  const program = args.findIndex((argument) => argument.endsWith(".mjs") && !argument.startsWith("--"));
  container.args = args.slice(program + 1);
  if (container.args.length === 0) delete container.args;
  container.volumeMounts = container.volumeMounts?.filter(({ name }) => !contained.includes(name));
  pod.volumes = pod.volumes?.filter(({ name }) => !contained.includes(name));
}
