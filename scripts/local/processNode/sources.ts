// What a pod's manifest refers to: ConfigMaps, Secrets and ServiceAccount tokens, read before anything is
// made of them, so that the making is pure.
import type { V1ConfigMap, V1Pod, V1Secret, V1ServiceAccountTokenProjection } from "@kubernetes/client-node";
import { orMissing } from "../kube.ts";
import type { Api } from "./api.ts";

/** Everything read for a pod. An object that does not exist has no entry. */
export interface Sources {
  configMaps: ReadonlyMap<string, V1ConfigMap>;
  secrets: ReadonlyMap<string, V1Secret>;
  /** Key: {@link tokenKey}. */
  tokens: ReadonlyMap<string, string>;
}

/** A projected token's identity: tokens for the same audience and life time are the same token. */
export const tokenKey = (source: V1ServiceAccountTokenProjection): string =>
  `${source.audience ?? ""}|${source.expirationSeconds ?? 3600}`;

/** Names of what the pod refers to, each once. */
function references(pod: V1Pod) {
  const configMaps = new Set<string>();
  const secrets = new Set<string>();
  const tokens = new Map<string, V1ServiceAccountTokenProjection>();
  const add = (names: Set<string>, name: string | undefined) => name !== undefined && names.add(name);
  for (const container of pod.spec?.containers ?? []) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      add(configMaps, configMapRef?.name);
      add(secrets, secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      add(configMaps, valueFrom?.configMapKeyRef?.name);
      add(secrets, valueFrom?.secretKeyRef?.name);
    }
  }
  for (const volume of pod.spec?.volumes ?? []) {
    add(configMaps, volume.configMap?.name);
    add(secrets, volume.secret?.secretName);
    for (const source of volume.projected?.sources ?? []) {
      add(configMaps, source.configMap?.name);
      add(secrets, source.secret?.name);
      if (source.serviceAccountToken)
        tokens.set(tokenKey(source.serviceAccountToken), source.serviceAccountToken);
    }
  }
  return { configMaps: [...configMaps], secrets: [...secrets], tokens: [...tokens.values()] };
}

interface IssuedToken {
  token: string;
  /** Milliseconds since the epoch: from here on a new one is asked for. */
  renewAt: number;
}

interface TokenAnswer {
  status: { token: string; expirationTimestamp: string };
}

/** Reads what one pod refers to, as often as asked; keeps its tokens until 80 % of their life is over, as kubelets do. */
export class SourceReader {
  private readonly api: Api;
  private readonly issued = new Map<string, IssuedToken>();

  constructor(api: Api) {
    this.api = api;
  }

  async read(pod: V1Pod): Promise<Sources> {
    const namespace = `/api/v1/namespaces/${pod.metadata?.namespace}`;
    const wanted = references(pod);
    const get = async <T>(kind: string, names: string[]): Promise<Map<string, T>> => {
      const found = new Map<string, T>();
      for (const name of names) {
        const object = await orMissing(this.api.request<T>("GET", `${namespace}/${kind}/${name}`));
        if (object !== undefined) found.set(name, object);
      }
      return found;
    };
    const [configMaps, secrets] = await Promise.all([
      get<V1ConfigMap>("configmaps", wanted.configMaps),
      get<V1Secret>("secrets", wanted.secrets),
    ]);
    const tokens = new Map<string, string>();
    for (const source of wanted.tokens) tokens.set(tokenKey(source), await this.token(pod, source));
    return { configMaps, secrets, tokens };
  }

  private async token(pod: V1Pod, source: V1ServiceAccountTokenProjection): Promise<string> {
    const known = this.issued.get(tokenKey(source));
    if (known !== undefined && Date.now() < known.renewAt) return known.token;
    const account = pod.spec?.serviceAccountName ?? "default";
    const { status } = await this.api.request<TokenAnswer>(
      "POST",
      `/api/v1/namespaces/${pod.metadata?.namespace}/serviceaccounts/${account}/token`,
      {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: {
          audiences: source.audience === undefined ? [] : [source.audience],
          expirationSeconds: source.expirationSeconds ?? 3600,
          boundObjectRef: { apiVersion: "v1", kind: "Pod", name: pod.metadata?.name, uid: pod.metadata?.uid },
        },
      },
    );
    const life = Date.parse(status.expirationTimestamp) - Date.now();
    this.issued.set(tokenKey(source), { token: status.token, renewAt: Date.now() + 0.8 * life });
    return status.token;
  }
}
