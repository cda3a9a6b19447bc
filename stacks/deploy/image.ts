// Swaps the stock image and its mounted program for an image of one's own.
import type { V1PodSpec } from "@kubernetes/client-node";

/** What an image of one's own has inside. */
const contained = ["program", "page"];

/** The image starts by its own entry point; arguments behind the program's file are the program's, and stay. */
export function useImage(pod: V1PodSpec, image: string): void {
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
