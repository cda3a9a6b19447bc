// An API server in memory: objects by path, status patches remembered, no validation.
import type { V1PodStatus } from "@kubernetes/client-node";
import { ApiError } from "../../../../balancer/kube/apiError.ts";
import type { Api, Method } from "../api.ts";

interface FakeRequest {
  method: Method;
  path: string;
  body: unknown;
}

export class FakeApi implements Api {
  /** What a GET returns. */
  readonly objects = new Map<string, unknown>();
  readonly requests: FakeRequest[] = [];

  request<T>(method: Method, path: string, body?: unknown): Promise<T> {
    this.requests.push({ method, path, body });
    if (method !== "GET") return Promise.resolve({} as T);
    const found = this.objects.get(path);
    return found === undefined
      ? Promise.reject(new ApiError(`GET ${path}`, 404, "not found"))
      : Promise.resolve(found as T);
  }

  /** The status reported last. */
  get status(): V1PodStatus | undefined {
    const patch = this.requests.findLast(({ path }) => path.endsWith("/status"))?.body;
    return (patch as { status: V1PodStatus } | undefined)?.status;
  }

  /** Bodies of the requests of one kind. */
  sent<T>(method: Method, path: RegExp): T[] {
    return this.requests
      .filter((one) => one.method === method && path.test(one.path))
      .map(({ body }) => body as T);
  }
}
