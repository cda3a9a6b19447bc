// What StorageClasses say of volumes that are yet to be made: where they may be, and whether they ever will.
//
// A generic ephemeral volume is made anew for each pod, and its class may allow some places only: one zone
// (cloudbees-oss/terraform-aws-cloudbees-ci-eks-addon#51), or nodes of one sort (awsdocs/amazon-eks-user-guide#1099). The
// scheduler holds its pod to them (https://kubernetes.io/docs/concepts/storage/storage-classes/#allowed-topologies).
import type { V1StorageClass } from "@kubernetes/client-node";
import { unlessStatus } from "../kube/apiError.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Json } from "../kube/json.ts";
import { listAll } from "../kube/list.ts";
import type { Requirement } from "../model.ts";
import { type Claim, type Claims, isZone } from "./claims.ts";
import { guarded, orElse } from "./guard.ts";
import { listOf, textsOf } from "./shapes.ts";

interface StorageClass {
  name: string;
  /** As text, of which the later is the greater. */
  createdAt: string;
  isDefault: boolean;
  places: Pick<Claim, "zones" | "demands">;
}

export class StorageClasses {
  private readonly byName: Map<string, StorageClass>;

  constructor(classes: StorageClass[]) {
    this.byName = new Map(classes.map((each) => [each.name, each]));
  }

  /**
   * A claim that the next pod will make, as far as its class tells.
   * @param name `null`: that of the default class, the youngest one where several say that they are; without any the
   * claim waits for one
   */
  claimOf(name: string | null, { unclaimed }: Claims): Claim | undefined {
    const found = name === null ? this.default() : this.byName.get(name);
    const claim = { local: false, exclusive: false, zones: [] };
    if (found) return { ...claim, ...found.places };
    if (name === null || unclaimed.has(name)) return undefined;
    return { ...claim, ending: `StorageClass ${name} is gone` };
  }

  private default(): StorageClass | undefined {
    const isYounger = (a: StorageClass, b: StorageClass) =>
      a.createdAt > b.createdAt || (a.createdAt === b.createdAt && a.name < b.name);
    return [...this.byName.values()]
      .filter(({ isDefault }) => isDefault)
      .reduce<StorageClass | undefined>((best, each) => (!best || isYounger(each, best) ? each : best), undefined);
  } // prettier-ignore
}

/** Undefined: without the right to list them (an older Role), or offline, nothing is known of them. */
export async function readStorageClasses(client: KubeClient): Promise<StorageClasses | undefined> {
  const classes = listAll(
    client,
    "/apis/storage.k8s.io/v1/storageclasses",
    guarded(readClass, ({ metadata: { name } }) => ({ name, createdAt: "", isDefault: false, places: { zones: [] } })), // prettier-ignore
  );
  const found = await unlessStatus(classes, 403, 404);
  return found && new StorageClasses(found);
}

const defaultKeys = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]; // prettier-ignore

function readClass({ metadata, allowedTopologies }: Json<V1StorageClass>): StorageClass {
  const annotations = orElse({}, () => textsOf(metadata?.annotations, "annotations"));
  return {
    name: metadata!.name!,
    createdAt: metadata?.creationTimestamp ?? "",
    isDefault: defaultKeys.some((key) => annotations[key] === "true"),
    places: placesOf(allowedTopologies),
  };
}

/** Terms are alternatives: what all of them ask about holds with the values of any. */
function placesOf(terms: Json<V1StorageClass>["allowedTopologies"]): StorageClass["places"] {
  const asked = listOf(terms, "allowedTopologies").map(
    ({ matchLabelExpressions }) =>
      new Map(
        listOf(matchLabelExpressions, "matchLabelExpressions").map(({ key, values }) => [
          key,
          listOf(values, "values"),
        ]),
      ),
  );
  const [first, ...others] = asked;
  const common = [...(first?.keys() ?? [])].filter((key) => others.every((term) => term.has(key)));
  const valuesOf = (key: string) => [...new Set(asked.flatMap((term) => term.get(key) ?? []))];
  const demands = common
    .filter((key) => !isZone(key))
    .map((key): Requirement => ({ key, operator: "In", values: valuesOf(key) }));
  const [zone] = common.filter(isZone);
  return {
    zones: zone === undefined ? [] : valuesOf(zone),
    ...(demands.length > 0 && { demands }),
  };
}
