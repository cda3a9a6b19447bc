// What judges look at, and what they answer.
import type { Manifest } from "../../stacks/deploy/manifests.ts";

/** Name of what kustomize makes of the folders. */
export const foldersName = "k8s";

/** Objects as one way of deploying makes them. */
export interface Rendering {
  /** The stack's, or `foldersName`. */
  name: string;
  objects: readonly Manifest[];
  /** Has each object as a YAML file. */
  folder: string;
}

/** Something that a judge does not like. */
export interface Finding {
  judge: string;
  /** The judge's own name for it, such as CKV_K8S_8. */
  check: string;
  /** `Deployment backend/backend-a`, or a file. */
  object: string;
  text: string;
}

/** Resolves with what it finds in a rendering. Rejects when it cannot do its work. */
export type Judge = (rendering: Rendering) => Promise<Finding[]>;

/** How an object is called in findings. */
export const nameOf = ({ kind, metadata }: Pick<Manifest, "kind" | "metadata">): string =>
  `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
