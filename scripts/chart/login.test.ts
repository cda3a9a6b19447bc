// The login to a Prometheus that wants one, in the chart's templates and values.
import assert from "node:assert/strict";
import { chartTemplates } from "./templates.ts";
import { valuesSchema } from "./values.ts";

describe("the login to Prometheus", () => {
  it("in the chart is there by value, and not in the Job that releases", async () => {
    const templates = await chartTemplates(true);
    const conditional =
      /^ *\{\{- if \$\.Values\.(prometheusSecretName|azureClientId) \}\}\n[\s\S]*?\{\{- end \}\}\n/gm;
    const mentions = /prometheus-login|prometheus-config|workload\.identity/;
    const found = [...templates].filter(([, text]) => mentions.test(text)).map(([path]) => path);
    assert.deepEqual(found.sort(), [
      "templates/cronjob-spot-balancer.yaml",
      "templates/deployment-spot-balancer-watch.yaml",
      "templates/job-spot-balancer-release.yaml", // the label alone
      "templates/serviceaccount-spot-balancer.yaml",
    ]);
    for (const path of found)
      assert.doesNotMatch(templates.get(path)!.replace(conditional, ""), mentions, path);
    assert.doesNotMatch(templates.get("templates/job-spot-balancer-release.yaml")!, /prometheusSecretName|prometheus-config/); // prettier-ignore
    const cronJob = templates.get("templates/cronjob-spot-balancer.yaml")!;
    assert.equal(cronJob.match(/if \$\.Values\.prometheusSecretName/g)?.length, 3); // flag, mount, volume
    assert.match(cronJob, /secretName: \{\{ \$\.Values\.prometheusSecretName \| quote \}\}/);
    const { properties, if: given } = valuesSchema();
    assert.ok(properties?.["prometheusSecretName"] && properties["azureClientId"] && given);
  });
});
