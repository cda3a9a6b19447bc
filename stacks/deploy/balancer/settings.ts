// What the balancer has to be told, wherever it is installed: checked, with every problem in one message.
import { isMap, parseDocument, stringify } from "yaml";
import * as z from "zod";
import { parsePolicy, PolicyError, type Policy } from "../../../balancer/index.ts";
import { image } from "../../config/app.ts";
import { guid, textMap } from "../../config/fields.ts";
import { schedule, secretName, toleration } from "../../config/deployFields.ts";
import { problemsOf } from "../../config/problems.ts";

const name = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "the name of a namespace, such as shop");

/** Of Kubernetes itself: nobody opts these in, and a typing error there would be dear. */
const reserved = ["kube-system", "kube-public", "kube-node-lease"];

const url = z
  .string()
  .refine(
    isPrometheusUrl,
    "an http or https URL without credentials, such as http://prometheus.monitoring.svc:9090",
  );

function isPrometheusUrl(text: string): boolean {
  const { protocol, username, password } = URL.parse(text) ?? {};
  return ["http:", "https:"].includes(protocol ?? "") && !username && !password;
}

export const settingsSchema = z.strictObject({
  prometheus: url.describe("URL of the Prometheus with the kubelets' container metrics"),
  prometheusSecretName: secretName
    .optional()
    .describe(
      "Secret in the balancer's namespace with `config.yaml`, how that Prometheus wants to be asked, and the files that it names; omitted: it asks for nothing",
    ),
  azureClientId: guid
    .optional()
    .describe(
      "Client id of the identity that `azuread` in `config.yaml` logs in as (AKS' workload identity)",
    ),
  namespaces: z
    .array(
      name.refine((each) => !reserved.includes(each), "a namespace of workloads, none of Kubernetes' own"),
    )
    .default([])
    .describe("Namespaces in which workloads may move, beside those of the policy"),
  policy: z.string().default("").describe("The policy (YAML), see balancer/POLICY.md; omitted: its defaults"),
  image: image.describe("Image of the balancer; omitted: its program as a ConfigMap, on a stock Node image"),
  schedule: schedule.describe("When a round runs, as a cron expression"),
  watch: z
    .boolean()
    .default(true)
    .describe("Also a round at once when a spot node is about to end, is lost, or has come"),
  namespace: name.default("spot-balancer").describe("Where the balancer itself runs; it is made"),
  nodeSelector: textMap.default({}).describe("Labels of the nodes that the balancer itself runs on"),
  tolerations: z.array(toleration).default([]).describe("Taints that the balancer's own pods tolerate"),
  monitor: z
    .boolean()
    .default(false)
    .describe(
      "Also a PodMonitor, a PrometheusRule and Grafana's dashboard, where the operator's kinds are served",
    ),
});

export type RawSettings = z.input<typeof settingsSchema>;

export interface Settings extends Omit<z.output<typeof settingsSchema>, "policy" | "namespaces"> {
  policy: Policy & { text: string };
}

export class SettingsError extends Error {
  override name = "SettingsError";
}

interface Circumstances {
  /** What is known to be wrong already. */
  problems?: string[];
  /** Whether it is all right that no namespace is opted in, so that nothing moves. */
  mayBeIdle?: boolean;
}

/** @throws SettingsError with every problem */
export function parseSettings(
  raw: unknown,
  { problems = [], mayBeIdle = false }: Circumstances = {},
): Settings {
  const parsed = settingsSchema.safeParse(raw);
  const given = (typeof raw === "object" && raw !== null ? raw : {}) as Record<string, unknown>;
  const keys = Object.keys(settingsSchema.shape);
  if (!parsed.success)
    for (const { key, expected, got } of problemsOf("", raw, parsed.error, {
      secret: false,
      known: () => keys,
    }))
      problems.push(`${key.replace(/^\./, "")}: expected ${expected}, got ${got}`);
  if (given["azureClientId"] !== undefined && given["prometheusSecretName"] === undefined)
    problems.push(
      "prometheusSecretName: expected the name of a Secret with `azuread` in its config.yaml, as azureClientId is given, got nothing",
    );
  const namespaces = Array.isArray(given["namespaces"]) ? given["namespaces"].map(String) : [];
  const policy = completePolicy(given["policy"] ?? "", namespaces, problems, mayBeIdle);
  if (!parsed.success || !policy || problems.length > 0)
    throw new SettingsError(
      `${problems.length} problem${problems.length === 1 ? "" : "s"}:\n${problems.map((each) => `  ${each}`).join("\n")}`,
    );
  const { namespaces: _listed, ...settings } = parsed.data;
  return { ...settings, policy };
}

/** The policy with the namespaces that are listed beside it, its comments kept. */
function completePolicy(
  text: unknown,
  namespaces: readonly string[],
  problems: string[],
  mayBeIdle: boolean,
): Settings["policy"] | undefined {
  if (typeof text !== "string") return undefined; // said already
  try {
    const { namespaces: ruled } = parsePolicy(text);
    const forbidden = namespaces.filter((each) => ruled[each]?.allowed === false);
    for (const each of forbidden)
      problems.push(`namespaces: expected none that the policy forbids, got "${each}"`);
    const missing = namespaces.filter((each) => ruled[each] === undefined);
    const whole = missing.length === 0 ? text : withNamespaces(text, missing);
    const policy = parsePolicy(whole);
    if (!mayBeIdle && !Object.values(policy.namespaces).some(({ allowed }) => allowed))
      problems.push("namespaces: expected at least one, here or in the policy, got none: nothing could move");
    return { ...policy, text: whole };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    for (const { line, path, message } of error.problems)
      problems.push(`policy: line ${line}: ${path ? `${path}: ` : ""}${message}`);
    return undefined;
  }
}

function withNamespaces(text: string, names: readonly string[]): string {
  const document = parseDocument(text);
  if (!isMap(document.contents)) return stringify({ version: 1, namespaces: emptyRules(names) });
  if (!isMap(document.get("namespaces"))) document.set("namespaces", document.createNode({}));
  for (const each of names) document.setIn(["namespaces", each], document.createNode({}));
  return document.toString();
}

const emptyRules = (names: readonly string[]) => Object.fromEntries(names.map((each) => [each, {}]));
