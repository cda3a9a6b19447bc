// The semantics of NetworkPolicies, case by case.
import assert from "node:assert/strict";
import type { V1NetworkPolicy } from "@kubernetes/client-node";
import { type End, isAllowed } from "./networkPolicies.ts";

const web: End = { namespace: "shop", labels: { app: "web" }, ports: { http: 8080 } };
const store: End = { namespace: "shop", labels: { app: "store" }, ports: { sql: 5432 } };
const probe: End = { namespace: "watch", labels: { app: "probe" }, ports: {} };
const outside: End = { address: "203.0.113.7" };
const sql = { protocol: "TCP", port: 5432 } as const;
const namespaces = { shop: {}, watch: { team: "ops" } };

/** On pods `app: store` of namespace shop. As manifests spell it: `from`, not the client's `_from`. */
const onStore = (spec: object): V1NetworkPolicy => ({
  metadata: { name: "store", namespace: "shop" },
  spec: { podSelector: { matchLabels: { app: "store" } }, ...spec },
});

const closed = onStore({ policyTypes: ["Ingress", "Egress"] });
const watch = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "watch" } } };
const apps = (app: string) => ({ podSelector: { matchLabels: { app } } });

describe("what network policies allow", () => {
  // prettier-ignore
  const cases: [string, V1NetworkPolicy[], End, End, boolean][] = [
    ["everything where no policy selects the pod", [], web, store, true],
    ["nothing in where one does", [closed], web, store, false],
    ["nothing out where one does", [closed], store, web, false],
    ["out, where a policy is on ingress alone", [onStore({ ingress: [] })], store, web, true],
    ["nothing out, where it has rules for egress", [onStore({ egress: [{ to: [apps("x")] }] })], store, web, false],
    ["what a selector of pods names", [onStore({ ingress: [{ from: [apps("web")] }] })], web, store, true],
    ["not the same pod elsewhere", [onStore({ ingress: [{ from: [apps("probe")] }] })], probe, store, false],
    ["a namespace by its name", [onStore({ ingress: [{ from: [watch] }] })], probe, store, true],
    ["namespace and pod together", [onStore({ ingress: [{ from: [{ ...watch, ...apps("web") }] }] })], probe, store, false],
    ["namespace or pod apart", [onStore({ ingress: [{ from: [watch, apps("x")] }] })], probe, store, true],
    ["all that any one policy allows", [closed, onStore({ ingress: [{ from: [apps("web")] }] })], web, store, true],
    ["anybody where a rule names no peer", [onStore({ ingress: [{}] })], outside, store, true],
    ["another port", [onStore({ ingress: [{ ports: [{ port: 80 }] }] })], web, store, false],
    ["another protocol", [onStore({ ingress: [{ ports: [{ port: 5432, protocol: "UDP" }] }] })], web, store, false],
    ["a port by name", [onStore({ ingress: [{ ports: [{ port: "sql" }] }] })], web, store, true],
    ["a port by a name it does not have", [onStore({ ingress: [{ ports: [{ port: "http" }] }] })], web, store, false],
    ["a range of ports", [onStore({ ingress: [{ ports: [{ port: 5000, endPort: 6000 }] }] })], web, store, true],
    ["an address", [onStore({ ingress: [{ from: [{ ipBlock: { cidr: "203.0.113.0/24" } }] }] })], outside, store, true],
    ["all but an address", [onStore({ ingress: [{ from: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["203.0.113.0/24"] } }] }] })], outside, store, false],
    ["no pod by its address", [onStore({ ingress: [{ from: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }] })], web, store, false],
    ["no node by its address", [onStore({ egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }] })], store, "node", false],
    ["a node where no peer is named", [onStore({ egress: [{ ports: [{ port: 5432 }] }] })], store, "node", true],
    ["labels by expressions", [onStore({ ingress: [{ from: [{ podSelector: { matchExpressions: [{ key: "app", operator: "In", values: ["web"] }, { key: "old", operator: "DoesNotExist" }] } }] }] })], web, store, true],
    ["not labels that an expression excludes", [onStore({ ingress: [{ from: [{ podSelector: { matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] } }] }] })], web, store, false],
  ];
  for (const [name, policies, from, to, expected] of cases) {
    it(`${expected ? "allow" : "refuse"}: ${name}`, () => {
      assert.equal(isAllowed({ policies, namespaces }, from, to, sql), expected);
    });
  }
});
