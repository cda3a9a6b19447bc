// The cluster as the provider asks it: any request can be sent again, since reads, applies and deletes end in the same place.
import { ApiError } from "../../../../../balancer/kube/apiError.ts";
import {
  type ClientOptions,
  type ClusterAccess,
  type KubeRequest,
  connect,
} from "../../../../../balancer/kube/client.ts";
import type { Properties } from "../../values.ts";

export { ApiError };

export interface KubeApi {
  /**
   * @param path starts with `/`, and may have a query; a body is sent as `contentType` (default JSON)
   * @throws ApiError when refused, UnreachableError when no usable answer came
   */
  request(
    method: KubeRequest["method"],
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<Properties>;
  close(): void;
}

export interface ApiOptions extends Pick<ClientOptions, "onWarning"> {
  /** Before the second attempt, doubled for each further one. */
  pauseMs?: number;
}

export function openApi(config: ClusterAccess, { pauseMs = 200, onWarning }: ApiOptions = {}): KubeApi {
  const client = connect(config, { retries: 3, backoffMs: pauseMs, timeoutMs: 30_000, onWarning });
  return {
    request(method, path, body, contentType) {
      const [bare = "", search = ""] = path.split("?");
      const query = Object.fromEntries(new URLSearchParams(search));
      return client.send({ method, path: bare, query, body, contentType, repeatable: true });
    },
    close: () => void client.close(),
  };
}
