// Swaps the stock image and its mounted program for an image of one's own.
import type { V1PodSpec } from "@kubernetes/client-node";

/** The image starts by its own entry point, and has its program inside: no volume "program", no command, no arguments. */
export function useImage(pod: V1PodSpec, image: string): void {
  const [container] = pod.containers;
  if (!container) throw new Error("the manifest has no container");
  container.image = image;
  delete container.command;
  delete container.args;
  container.volumeMounts = container.volumeMounts?.filter(({ name }) => name !== "program");
  pod.volumes = pod.volumes?.filter(({ name }) => name !== "program");
}
