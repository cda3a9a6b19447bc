// What is asked of the API server.

export interface KubeRequest {
  /** Default GET. */
  method?: "GET" | "POST" | "PUT" | "PATCH";
  /** `/apis/apps/v1/deployments` */
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  /** Of the body; default `application/json`. */
  contentType?: string;
  /** `false`: a 429 is an answer (a disruption budget), not a request to wait. Default true. */
  retryTooManyRequests?: boolean;
}
