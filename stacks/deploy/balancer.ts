// The balancer in this stack: the component, with what configuration and the cluster say.
import { rootStackResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import { own } from "./balancer/own.ts";
import { SpotBalancer } from "./balancer/SpotBalancer.ts";
import type { Part } from "../config/parts.ts";
import type { Context } from "./context.ts";

/** @returns the bundle's ConfigMap, or the image */
export function deployBalancer(context: Context): Output<string> {
  const { config, nodeLabels, policy, provider, dependsOn, registryMirror } = context;
  const balancer = new SpotBalancer(
    "spot-balancer",
    {
      prometheus: config.prometheusUrl ?? own.prometheus,
      policy: policy.text,
      schedule: config.balancerSchedule,
      watch: config.balancerWatch,
      monitor: config.balancerMonitor,
      namespace: own.namespace,
      nodeSelector: nodeLabels.system,
      tolerations: config.systemTolerations,
      withoutNamespaces: true,
      releaseOnDestroy: config.balancerReleaseOnDestroy ?? !config.parts.some((part) => workloads.has(part)),
      ...(config.balancerPrometheusSecretName !== undefined && {
        prometheusSecretName: config.balancerPrometheusSecretName,
      }),
      ...(config.balancerAzureClientId !== undefined && { azureClientId: config.balancerAzureClientId }),
      ...(config.balancerImage !== undefined && { image: config.balancerImage }),
      ...(registryMirror !== undefined && { registryMirror }),
    },
    { provider, dependsOn, ...onceAtTheTop },
  );
  return balancer.program;
}

/** With these there is nothing to release: what moves goes with the stack. */
const workloads = new Set<Part>(["apps", "demo"]);

/** Its objects were the stack's own before there was a component: known by that, they are not made anew. */
const onceAtTheTop: ComponentResourceOptions = {
  transformations: [
    ({ resource, props, opts }) =>
      resource instanceof SpotBalancer
        ? undefined
        : { props, opts: { ...opts, aliases: [{ parent: rootStackResource }] } },
  ],
};
