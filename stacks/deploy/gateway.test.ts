// The way in: what the configuration makes of the gateway and its routes.
import assert from "node:assert/strict";
import type { V1Deployment } from "@kubernetes/client-node";
import { parse } from "yaml";
import { configFile } from "../testing/configFiles.ts";
import { record } from "../record.ts";
import { loadManifests, type Manifest } from "./manifests.ts";
import type { HttpRoute, NetworkPolicy } from "./kinds.ts";

async function objectsWith(gateway: object): Promise<(kind: string, name: string) => Manifest | undefined> {
  const config = { ...configFile("deploy-dev"), gateway: JSON.stringify(gateway) };
  const { resources } = await record("deploy-dev", { config });
  return (kind, name) =>
    resources
      .map(({ inputs }) => inputs as unknown as Manifest)
      .find((object) => object.kind === kind && object.metadata.name.replace(/-[0-9a-f]{10}$/, "") === name);
}

describe("gateway", () => {
  it("splits the API evenly, and as the weights say", async () => {
    const shares = async (gateway: object) => {
      const route = (await objectsWith(gateway))("HTTPRoute", "backend") as unknown as HttpRoute;
      return route.spec.rules.flatMap(({ backendRefs }) =>
        backendRefs.map(({ name, weight }) => `${name} ${weight}`),
      );
    };
    assert.deepEqual(await shares({}), ["backend-a 50", "backend-b 50"]);
    assert.deepEqual(await shares({ weights: { a: 9, b: 1 } }), ["backend-a 9", "backend-b 1"]);
    await assert.rejects(
      shares({ weights: { a: 0, b: 0 } }),
      /gateway\.weights: .*at least one weight above 0/,
    );
  });

  it("limits what one address may ask for, by a file that both of its entrances use", async () => {
    const limits = async (gateway: object) => {
      const object = await objectsWith(gateway);
      const { data } = object("ConfigMap", "gateway-kubeconfig") as unknown as {
        data: Record<string, string>;
      };
      const { http } = parse(data["limits.yml"]!) as { http: { middlewares: Record<string, unknown> } };
      const { containers } = (object("Deployment", "gateway") as unknown as V1Deployment).spec!.template
        .spec!;
      const args = containers[0]!.args!.filter((arg) => /limits/.test(arg));
      return { ...http.middlewares, args };
    };
    const found = await limits({ limits: { perSecond: 7, burst: 8, unanswered: 9 } });
    const sourceCriterion = { ipStrategy: { ipv6Subnet: 64 } };
    assert.deepEqual(found, {
      limits: { chain: { middlewares: ["at-once", "rate"] } },
      "at-once": { inFlightReq: { amount: 9, sourceCriterion } },
      rate: { rateLimit: { average: 7, burst: 8, sourceCriterion } },
      args: [
        "--providers.file.filename=/etc/gateway/limits.yml",
        "--entryPoints.web.http.middlewares=limits@file",
        "--entryPoints.websecure.http.middlewares=limits@file",
      ],
    });
    assert.deepEqual(await limits({}), { ...found, "at-once": { inFlightReq: { amount: 100, sourceCriterion } }, rate: { rateLimit: { average: 50, burst: 200, sourceCriterion } } }); // prettier-ignore
    await assert.rejects(limits({ limits: { perSecond: 0 } }), /gateway\.limits\.perSecond/);
  });

  it("answers by HTTPS alone once it has a host, with a certificate that cert-manager can make", async () => {
    const object = await objectsWith({ host: "app.example.com", clusterIssuer: "letsencrypt" });
    const gateway = object("Gateway", "gateway");
    const { listeners } = gateway?.["spec"] as {
      listeners: { name: string; hostname?: string; port: number; protocol: string; tls?: object }[];
    };
    // Those of Traefik's pods, as its entry points have them.
    assert.deepEqual(
      listeners.map(({ name, hostname, protocol, port }) => [name, hostname, protocol, port]),
      [
        ["http", undefined, "HTTP", 8000],
        ["https", "app.example.com", "HTTPS", 8443],
      ],
    );
    assert.deepEqual(listeners[1]?.tls, {
      mode: "Terminate",
      certificateRefs: [{ group: "", kind: "Secret", name: "gateway-tls" }],
    });
    assert.equal(gateway?.metadata.annotations?.["cert-manager.io/cluster-issuer"], "letsencrypt");
    for (const name of ["backend", "frontend"]) {
      const { spec } = object("HTTPRoute", name) as unknown as HttpRoute;
      assert.deepEqual(
        [spec.parentRefs[0]?.sectionName, spec.hostnames],
        ["https", ["app.example.com"]],
        name,
      );
    }
    assert.ok(object("HTTPRoute", "redirect-to-https"));
    // Bursts by that name end at the gateway's pods, after the load balancer's address was translated to theirs.
    for (const name of ["backend-a", "backend-b"]) {
      const { spec } = object("NetworkPolicy", name) as unknown as NetworkPolicy;
      const ways = spec.egress?.map(({ ports = [] }) => ports.map(({ port }) => port).join());
      assert.ok(ways?.includes("8000,8443"), `${name}: ${ways?.join(" ")}`);
    }
  });
});

describe("a gateway of another controller", () => {
  const controller = { className: "eg", namespace: "envoy-gateway-system" };

  it("needs a host, and proxies outside of our closed namespace", async () => {
    await assert.rejects(
      objectsWith({ controller }),
      /gateway\.host: expected a DNS name, as another controller/,
    );
    await assert.rejects(
      objectsWith({ controller: { className: "eg", namespace: "gateway" }, host: "app.example.com" }),
      /gateway\.controller\.namespace: expected a namespace other than gateway/,
    );
  });

  it("brings no controller, and lets its proxies in where ours would be", async () => {
    const object = await objectsWith({ controller, host: "app.example.com" });
    for (const [kind, name] of [
      ["Deployment", "gateway"],
      ["Service", "gateway"],
      ["GatewayClass", "gateway"],
      ["ClusterRole", "gateway"],
    ] as const)
      assert.equal(object(kind, name), undefined, kind);
    const { gatewayClassName, listeners } = object("Gateway", "gateway")?.["spec"] as {
      gatewayClassName: string;
      listeners: { port: number }[];
    };
    assert.equal(gatewayClassName, "eg");
    assert.deepEqual(
      listeners.map(({ port }) => port),
      [80, 443],
    );
    for (const name of ["backend-a", "backend-b", "frontend"]) {
      const policy = JSON.stringify(object("NetworkPolicy", name)?.["spec"]);
      assert.match(policy, /envoy-gateway-system/, name);
      assert.doesNotMatch(policy, /"kubernetes.io\/metadata.name":"gateway"/, name);
    }
    const rules = JSON.stringify(object("ConfigMap", "prometheus-config"));
    assert.doesNotMatch(rules, /GatewayUnhealthy/);
    assert.match(rules, /DatabaseUnreachable/);
  });

  it("leaves the Service as it must be where no load balancers are", async () => {
    const { spec } = (await objectsWith({ service: "ClusterIP" }))("Service", "gateway") as unknown as {
      spec: Record<string, unknown>;
    };
    assert.deepEqual([spec["type"], spec["externalTrafficPolicy"]], ["ClusterIP", undefined]);
  });
});

describe("backend", () => {
  it("has two variants that differ in their letter alone", () => {
    const objects = loadManifests("backend");
    const variant = (letter: string) =>
      objects
        .filter(({ metadata }) => metadata.name === `backend-${letter}`)
        .map((one) => JSON.stringify(one));
    assert.equal(variant("a").length, 5);
    assert.deepEqual(
      variant("a").map((text) =>
        text.replaceAll("backend-a", "backend-b").replace('"VARIANT","value":"a"', '"VARIANT","value":"b"'),
      ),
      variant("b"),
    );
  });
});
