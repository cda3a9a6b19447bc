// The balancer on a cluster that knows nothing of it: its objects, with the namespaces and the rank that they need.
import type { Manifest } from "../manifests.ts";
import { loadManifests } from "../manifests.ts";
import { placeOn } from "../podSpec.ts";
import { inNamespace } from "./inNamespace.ts";
import { labelled } from "./labels.ts";
import { mapTexts } from "./mapTexts.ts";
import { balancerObjects, hasSpotNodes } from "./objects.ts";
import { own } from "./own.ts";
import type { Settings } from "./settings.ts";

/** Of the priority class here: the cluster may have one by the name that the manifests use. */
const priorityClass = "spot-balancer";

export interface StandaloneOptions {
  managedBy?: string;
  /** Nothing overlooks that the bundle's compressed bytes differ between machines. */
  namedByBytes?: boolean;
}

/** In the order in which they can be applied. */
export async function standaloneObjects(
  settings: Settings,
  { managedBy, namedByBytes = false }: StandaloneOptions = {},
): Promise<{ objects: Manifest[]; program: string }> {
  const { nodeSelector, tolerations, namespace } = settings;
  const place = placeOn(nodeSelector, tolerations);
  const { objects, program } = await balancerObjects({
    ...settings,
    place,
    namedByBytes,
    ...(managedBy !== undefined && { managedBy }),
  });
  const others = [
    ...frame(hasSpotNodes(settings.policy)).map((each) => inNamespace(renamed(each, namespace), namespace)),
  ].map((each) => labelled(each, managedBy));
  const ranked = [...others, ...objects].map((each) =>
    mapTexts(each, (text, key) =>
      key === "priorityClassName" && text === own.priorityClass ? priorityClass : text,
    ),
  );
  return { objects: inOrder(ranked), program };
}

/** From k8s/namespaces: closed namespaces with a way to DNS, and the rank. Quotas there are for other workloads, too. */
function frame(withPlaceholders: boolean): Manifest[] {
  const namespaces: string[] = [own.namespace, ...(withPlaceholders ? ["placeholder"] : [])];
  return loadManifests("namespaces").flatMap((manifest) => {
    const { kind, metadata } = manifest;
    if (kind === "PriorityClass")
      return metadata.name === own.priorityClass
        ? [
            {
              ...manifest,
              description: "The balancer's own pods",
              metadata: { ...metadata, name: priorityClass },
            },
          ]
        : [];
    const of = kind === "Namespace" ? metadata.name : metadata.namespace;
    return ["Namespace", "NetworkPolicy"].includes(kind) && namespaces.includes(of ?? "") ? [manifest] : [];
  });
}

const renamed = (manifest: Manifest, namespace: string): Manifest =>
  manifest.kind === "Namespace" && manifest.metadata.name === own.namespace
    ? { ...manifest, metadata: { ...manifest.metadata, name: namespace } }
    : manifest;

/** What others stand on, what runs pods last. */
const ranks = ["Namespace", "PriorityClass", "NetworkPolicy", "ServiceAccount"];
const lastRanks = ["Deployment", "CronJob"];

function inOrder(objects: readonly Manifest[]): Manifest[] {
  const rankOf = ({ kind }: Manifest): number => {
    const first = ranks.indexOf(kind);
    const last = lastRanks.indexOf(kind);
    return first >= 0 ? first : last >= 0 ? ranks.length + 1 + last : ranks.length;
  };
  return objects.toSorted((one, other) => rankOf(one) - rankOf(other)); // a stable sort
}
