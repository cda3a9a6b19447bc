// The balancer on a cluster that is there already: `pulumi config set --secret kubeconfig < kubeconfig`, then `pulumi up`.
import { Config } from "@pulumi/pulumi";
import { Provider } from "@pulumi/kubernetes/provider.js";
import { SpotBalancer, type Toleration } from "spot-balancer";

const config = new Config();
const cluster = new Provider("cluster", { kubeconfig: config.requireSecret("kubeconfig") });

const balancer = new SpotBalancer(
  "spot-balancer",
  {
    prometheus: config.get("prometheus") ?? "http://prometheus-server.monitoring.svc",
    namespaces: config.requireObject<string[]>("namespaces"),
    policy: config.get("policy") ?? "",
    nodeSelector: config.getObject<Record<string, string>>("nodeSelector") ?? {},
    tolerations: config.getObject<Toleration[]>("tolerations") ?? [],
  },
  { provider: cluster },
);

export const namespace = balancer.namespace;
export const program = balancer.program;
