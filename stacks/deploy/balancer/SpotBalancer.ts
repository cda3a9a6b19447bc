// The balancer as a Pulumi component: all that it needs on a cluster, as one resource.
import {
  ComponentResource,
  output,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { createObjects } from "../createObjects.ts";
import { balancerObjects } from "./objects.ts";
import { parseSettings } from "./settings.ts";
import { standaloneObjects } from "./standalone.ts";
import { placeOn } from "../podSpec.ts";

/** A taint that pods tolerate. */
export interface Toleration {
  /** The taint's key; omitted: any. */
  key?: string;
  /** Exists (the default) or Equal. */
  operator?: string;
  /** With Equal: the taint's value. */
  value?: string;
  /** NoSchedule, PreferNoSchedule or NoExecute; omitted: any. */
  effect?: string;
}

/** What the balancer has to be told. Everything wrong with it is reported in one message. */
export interface SpotBalancerArgs {
  /** URL of the Prometheus with the kubelets' container metrics, as pods of the cluster reach it. */
  prometheus: string;
  /** Name of a Secret in `namespace` with `config.yaml`, how Prometheus wants to be asked (login, headers, certificates, proxy), and the files that it names. */
  prometheusSecretName?: string;
  /** Client id of the identity that `azuread` in that `config.yaml` logs in as: AKS' workload identity. */
  azureClientId?: string;
  /** Namespaces in which workloads may move, beside those of the policy. They are there already. */
  namespaces?: string[];
  /** The policy (YAML): balancer/POLICY.md has every key. Omitted: its defaults. */
  policy?: string;
  /** Image of the balancer; omitted: its program as a ConfigMap, on a stock Node image. */
  image?: string;
  /** When a round runs, as a cron expression; omitted: every minute. */
  schedule?: string;
  /** Also a round at once when a spot node is about to end, is lost, or has come; omitted: true. */
  watch?: boolean;
  /** Where the balancer itself runs; omitted: spot-balancer. It is made. */
  namespace?: string;
  /** Labels of the nodes that the balancer itself runs on; omitted: any. */
  nodeSelector?: Record<string, string>;
  /** Taints that the balancer's own pods tolerate. */
  tolerations?: Toleration[];
  /** Also a PodMonitor, a PrometheusRule and Grafana's dashboard, where the Prometheus operator's kinds are served. */
  monitor?: boolean;
  /** Before it goes, everything that it has placed is taken back, by its watcher; omitted: true. */
  releaseOnDestroy?: boolean;
  /** Registry from which images of Docker Hub come instead, by the same names. */
  registryMirror?: string;
  /** The namespaces and the priority class of k8s/namespaces are there: only what is the balancer's own is made. */
  withoutNamespaces?: boolean;
}

interface Installed {
  program: string;
  namespace: string;
}

/**
 * Moves idle and unimportant workloads to spot nodes, and back when they are busy or the nodes are lost. It is made in the
 * cluster of the Kubernetes provider among its options.
 */
export class SpotBalancer extends ComponentResource<Installed> {
  /** Name of the ConfigMap with the balancer's program, or its image. */
  public readonly program: Output<string>;
  /** Where the balancer itself runs. */
  public readonly namespace: Output<string>;

  constructor(name: string, args: SpotBalancerArgs, options?: ComponentResourceOptions) {
    super("spot-balancer:index:SpotBalancer", name, args, options);
    const installed = output(this.getData());
    this.program = installed.program;
    this.namespace = installed.namespace;
  }

  /** Called by the SDK before the constructor goes on; building the program takes a moment. */
  protected override async initialize(
    args: SpotBalancerArgs,
    options: ComponentResourceOptions = {},
  ): Promise<Installed> {
    const {
      registryMirror,
      withoutNamespaces = false,
      releaseOnDestroy: releaseOnDelete = true,
      ...raw
    } = args;
    const settings = parseSettings(raw, { mayBeIdle: withoutNamespaces });
    const place = placeOn(settings.nodeSelector, settings.tolerations);
    const more = { managedBy: "pulumi", releaseOnDelete };
    const { objects, program } = withoutNamespaces
      ? await balancerObjects({ ...settings, ...more, place })
      : await standaloneObjects(settings, more);
    createObjects(objects, { parent: this, dependsOn: dependenciesOf(options), registryMirror });
    return { program, namespace: settings.namespace };
  }
}

/** Children do not wait for what their parent waits for, unless they are told to. */
function dependenciesOf({ dependsOn = [] }: ComponentResourceOptions): Input<Resource>[] {
  return Array.isArray(dependsOn) ? dependsOn : [dependsOn as Input<Resource>];
}
