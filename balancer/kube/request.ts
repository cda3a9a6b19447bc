// What is asked of the API server.

export interface KubeRequest {
  /** Default GET. */
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `/apis/apps/v1/deployments` */
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  /** Of the body; default `application/json`. */
  contentType?: string;
  /** Done twice it ends in the same place, such as an apply: sent again as a read is. */
  repeatable?: boolean;
  /** Attempts after the first one, and time for each in milliseconds, instead of the client's. */
  retries?: number;
  timeoutMs?: number;
  /** Ends this request alone. */
  signal?: AbortSignal;
}

export const isRead = ({ method = "GET" }: KubeRequest): boolean => method === "GET";
