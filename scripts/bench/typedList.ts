// What a round is held against: all pods listed once by client-node's typed API, in pages of the same size.
import { CoreV1Api, KubeConfig, type V1Pod } from "@kubernetes/client-node";

const config = new KubeConfig();
config.loadFromFile(process.argv[2]!);
const core = config.makeApiClient(CoreV1Api);
const pods: V1Pod[] = [];
let next: string | undefined;
do {
  const page = await core.listPodForAllNamespaces({ limit: 500, _continue: next });
  pods.push(...page.items);
  next = page.metadata?._continue || undefined;
} while (next !== undefined);
process.stdout.write(String(pods.length));
