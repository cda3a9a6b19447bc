// An admission webhook in the test's own process: sees each write of the balancer before it is done, and decides on it.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { listening } from "../listening.ts";

export interface Write {
  kind: string;
  namespace: string;
  name: string;
}

export interface Admission {
  /** What happens before a write of the balancer; returns why it is refused, or nothing. */
  onWrite: (write: Write) => Promise<string | void> | string | void;
  configuration: object;
  stop(): Promise<void>;
}

interface Review {
  request: {
    uid: string;
    kind: { kind: string };
    namespace: string;
    name: string;
    userInfo: { username: string };
  };
}

/** @param stateDir of the environment, whose server certificate is for 127.0.0.1 */
export async function startAdmission(stateDir: string): Promise<Admission> {
  const file = (name: string) => readFileSync(join(stateDir, "pki", name));
  const server = createServer({ key: file("server.key"), cert: file("server.crt") }, (request, response) => {
    void text(request).then((body) => {
      const { uid, kind, namespace, name, userInfo } = (JSON.parse(body) as Review).request;
      const isOurs = userInfo.username === "system:serviceaccount:monitoring:spot-balancer";
      const answer = async () =>
        isOurs ? await admission.onWrite({ kind: kind.kind, namespace, name }) : undefined;
      void answer().then((refusal) => {
        const status = refusal === undefined ? undefined : { message: refusal };
        const review = { uid, allowed: refusal === undefined, status };
        response.setHeader("content-type", "application/json");
        const reply = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: review };
        response.end(JSON.stringify(reply));
      });
    });
  });
  const { url, stop } = await listening(server);
  const rule = (group: string, resource: string, operation = "UPDATE") => {
    return { apiGroups: [group], apiVersions: ["v1"], operations: [operation], resources: [resource] };
  };
  const admission: Admission = {
    onWrite: () => undefined,
    configuration: {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name: "faults" },
      webhooks: [
        {
          name: "faults.spot-balancer.test",
          clientConfig: { url: url.replace("http:", "https:"), caBundle: file("ca.crt").toString("base64") },
          rules: [
            rule("apps", "deployments"),
            rule("", "configmaps"),
            rule("", "pods"),
            rule("", "pods/eviction", "CREATE"),
            rule("coordination.k8s.io", "leases"),
          ],
          failurePolicy: "Ignore",
          sideEffects: "NoneOnDryRun",
          admissionReviewVersions: ["v1"],
          timeoutSeconds: 20,
        },
      ],
    },
    stop,
  };
  return admission;
}
