// The balancer on a cluster that knows nothing of it: its objects, with the namespaces and the rank that they need.
import { loadManifests, type Manifest } from "../manifests.ts";
import { placeOn } from "../podSpec.ts";
import { inNamespace } from "./inNamespace.ts";
import { labelled } from "./labels.ts";
import { mapTexts } from "./mapTexts.ts";
import { balancerObjects, hasSpotNodes, type Filled, type Filling } from "./objects.ts";
import { own } from "./own.ts";
import type { Settings } from "./settings.ts";

/** Of the priority class here: the cluster may have one by the name that the manifests use. */
const priorityClass = "spot-balancer";

/** In the order in which they can be applied. */
export async function standaloneObjects(
  settings: Settings,
  options: Pick<Filling, "managedBy" | "namedByBytes" | "releaseOnDelete"> = {},
): Promise<Filled> {
  const { nodeSelector, tolerations, namespace } = settings;
  const place = placeOn(nodeSelector, tolerations);
  const { objects, program } = await balancerObjects({ ...settings, ...options, place });
  const others = frame(hasSpotNodes(settings.policy)).map((each) =>
    labelled(inNamespace(renamed(each, namespace), namespace), options.managedBy),
  );
  const ranked = [...others, ...objects].map((each) =>
    mapTexts(each, (text, key) =>
      key === "priorityClassName" && text === own.priorityClass ? priorityClass : text,
    ),
  );
  return { objects: ranked.toSorted((one, other) => placeOf(one) - placeOf(other)), program }; // a stable sort
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

/** What others stand on first, what runs pods last; "" stands for every other kind. */
const order = ["Namespace", "PriorityClass", "NetworkPolicy", "ServiceAccount", "", "Deployment", "CronJob"];

const placeOf = ({ kind }: Manifest): number => order.indexOf(order.includes(kind) ? kind : "");
