// The login to a Prometheus that wants one, in the objects of each way to install the balancer.
import assert from "node:assert/strict";
import { record } from "../../record.ts";
import type { Manifest } from "../manifests.ts";
import { podSpecOf, podTemplateOf } from "../podSpec.ts";
import { azure, loginFlag, loginVolume } from "./prometheusLogin.ts";
import { parseSettings } from "./settings.ts";
import { standaloneObjects } from "./standalone.ts";

const clientId = "11111111-2222-3333-4444-555555555555";
const usual = { prometheus: "https://prometheus.example.com", namespaces: ["shop"] };
const login = { prometheusSecretName: "shop-login", azureClientId: clientId };

const objectsOf = async (settings: object) =>
  (await standaloneObjects(parseSettings({ ...usual, ...settings }), { namedByBytes: true })).objects;

const running = (objects: Manifest[]) =>
  objects.filter(({ kind }) => ["CronJob", "Deployment"].includes(kind));

/** Names of what mounts the Secret, read-only, where its flag looks for it. */
const withLogin = (objects: Manifest[], secretName: string) =>
  running(objects)
    .filter((object) => {
      const { volumes = [], containers } = podSpecOf(object);
      const { args = [], volumeMounts = [] } = containers[0]!;
      const volume = volumes.find(({ secret }) => secret?.secretName === secretName);
      const mount = volumeMounts.find(({ name }) => name === volume?.name);
      const found = [volume !== undefined, mount?.readOnly === true, args.includes(loginFlag)];
      assert.equal(new Set(found).size, 1, `${object.metadata.name}: ${found.join()}`);
      return mount !== undefined && loginFlag.startsWith(`--prometheus-config=${mount.mountPath}/`);
    })
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    .sort();

const asking = ["CronJob spot-balancer", "Deployment spot-balancer-watch"];

const trusted = (objects: Manifest[]) =>
  running(objects)
    .filter((object) => podTemplateOf(object).metadata?.labels?.[azure.podLabel] === "true")
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    .sort();

const accounts = (objects: Manifest[]) =>
  objects
    .filter(({ kind }) => kind === "ServiceAccount")
    .map(({ metadata }) => [metadata.name, metadata.annotations?.[azure.accountAnnotation]])
    .filter(([, id]) => id !== undefined);

describe("the login to Prometheus", () => {
  it("is nowhere without a Secret's name", async () => {
    assert.doesNotMatch(
      JSON.stringify(await objectsOf({})),
      /prometheus-config|prometheus-login|workload\.identity/,
    );
  });

  it("is mounted where rounds ask, and nowhere else; none of it is brought along", async () => {
    const objects = await objectsOf({ prometheusSecretName: "shop-login" });
    assert.deepEqual(withLogin(objects, "shop-login"), asking);
    assert.deepEqual(
      objects.filter(({ kind }) => kind === "Secret"),
      [],
    );
    assert.deepEqual([trusted(objects), accounts(objects)], [[], []]);
  });

  it("leaves every other mount and flag as it is", async () => {
    const [without, with_] = [await objectsOf({}), await objectsOf(login)];
    for (const [index, object] of running(without).entries()) {
      const [before, after] = [podSpecOf(object), podSpecOf(running(with_)[index]!)];
      const [one, other] = [before.containers[0]!, after.containers[0]!];
      assert.deepEqual(
        other.args!.filter((each) => each !== loginFlag),
        one.args,
      );
      assert.deepEqual(
        after.volumes!.filter(({ name }) => name !== loginVolume.name),
        before.volumes,
      );
      const inside = before.containers[0]!.volumeMounts!.filter(({ mountPath }) => loginVolume.mountPath.startsWith(`${mountPath}/`)); // prettier-ignore
      assert.deepEqual(inside, [], "a mount below a read-only one");
    }
  });

  it("as Azure's workload identity: pods and account say so, the exporter's do not", async () => {
    const objects = await objectsOf(login);
    assert.deepEqual(trusted(objects), asking);
    assert.deepEqual(accounts(objects), [["spot-balancer", clientId]]);
  });

  it("in the deploy stack is told by its configuration", async () => {
    const config = {
      parts: ["balancer"],
      prometheusUrl: usual.prometheus,
      policy: { namespaces: { shop: {} } },
    };
    const more = { balancerPrometheusSecretName: "shop-login", balancerAzureClientId: clientId };
    const { resources } = await record("deploy-dev", { config: { ...config, ...more } });
    const objects = resources.filter(({ inputs }) => inputs["kind"] !== undefined).map(({ inputs }) => inputs as unknown as Manifest); // prettier-ignore
    assert.deepEqual(withLogin(objects, "shop-login"), asking);
    assert.deepEqual(accounts(objects), [["spot-balancer", clientId]]);
    await assert.rejects(
      record("deploy-dev", { config: { ...config, balancerAzureClientId: clientId } }),
      /balancerPrometheusSecretName: expected the name of a Secret, as balancerAzureClientId is given/,
    );
  });

  const wrong: [what: string, settings: object, RegExp][] = [
    ["the secret itself", { prometheusSecretName: "basic_auth: {username: x}" }, /prometheusSecretName: expected the name of a Secret/], // prettier-ignore
    ["an identity without the file that uses it", { azureClientId: clientId }, /prometheusSecretName: expected .* as azureClientId is given/], // prettier-ignore
    [
      "an identity that is no GUID",
      { ...login, azureClientId: "balancer" },
      /azureClientId: expected a GUID/,
    ],
  ];
  for (const [what, settings, problem] of wrong)
    it(`is refused: ${what}`, () => {
      assert.throws(() => parseSettings({ ...usual, ...settings }), problem);
    });
});
