// Configuration of the way in from outside.
import { z } from "zod";
import { textMap } from "./fields.ts";

const weight = z.int().min(0).max(1_000_000);

const count = z.int().min(1).max(1_000_000);

/** Of namespaces and of most objects: RFC 1123. */
const objectName = z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "the name of a Kubernetes object");

const controller = z
  .strictObject({
    className: objectName.describe("Its GatewayClass, which the cluster has"),
    namespace: objectName
      .refine(
        (name) => name !== "gateway",
        "a namespace other than gateway, which lets in our own proxy alone",
      )
      .describe("Where its proxies run: these pods reach backend and frontend"),
  })
  .optional()
  .describe("A controller that the cluster has already; omitted: the stack brings Traefik");

export const gatewaySettings = z
  .strictObject({
    weights: z
      .strictObject({ a: weight, b: weight })
      .refine(({ a, b }) => a + b > 0, "at least one weight above 0")
      .default({ a: 50, b: 50 })
      .describe("Parts of the API's traffic for its two variants"),
    host: z
      .string()
      .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, 'a DNS name such as "app.example.com"')
      .optional()
      .describe("Name that the page is reached by; with it, HTTPS only. Point its DNS record to the address"),
    tlsSecret: z
      .string()
      .default("gateway-tls")
      .describe("Secret of type kubernetes.io/tls in namespace gateway, with the host's certificate"),
    clusterIssuer: z
      .string()
      .optional()
      .describe("ClusterIssuer of cert-manager, which then makes that Secret; omitted: it is yours to make"),
    controller,
    limits: z
      .strictObject({
        perSecond: count.default(50).describe("Requests of one address a second, on average"),
        burst: count.default(200).describe("Requests of one address that may come at once, after a pause"),
        unanswered: count
          .default(100)
          .describe(
            "Requests of one address that wait for an answer, or have an endless one, as the feed is",
          ),
      })
      .prefault({})
      .describe("What one address may ask of each of Traefik's pods"),
    service: z
      .enum(["LoadBalancer", "NodePort", "ClusterIP"])
      .default("LoadBalancer")
      .describe(
        "How Traefik is reached: LoadBalancer where the cluster has some, else by what you put before it",
      ),
    annotations: textMap.default({}).describe("Annotations of that Service"),
    routing: z
      .enum(["pods", "services"])
      .default("pods")
      .describe("services: through Services' addresses, where pods have no EndpointSlices"),
  })
  .refine(({ controller, host }) => controller === undefined || host !== undefined, {
    path: ["host"],
    error: "a DNS name, as another controller than ours is used, whose address nobody else knows",
  })
  .prefault({})
  .describe("The way in from outside");
