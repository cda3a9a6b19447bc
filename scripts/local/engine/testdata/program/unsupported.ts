// Uses of the SDK that the embedded engine refuses.
import * as pulumi from "@pulumi/pulumi";
import { RandomString } from "@pulumi/random";

class WithFile extends pulumi.CustomResource {
  constructor(name: string) {
    super("random:index/randomString:RandomString", name, { length: 3, file: new pulumi.asset.StringAsset("text") });
  }
}

const uses: Record<string, () => unknown> = {
  stackTransform: () => {
    pulumi.runtime.registerResourceTransform(() => undefined);
    return new RandomString("a", { length: 3 });
  },
  transforms: () => new RandomString("b", { length: 3 }, { transforms: [() => undefined] }),
  options: () => [
    new WithFile("a"),
    new RandomString("c", { length: 3 }, { import: "abc", hideDiffs: ["length"] }),
    RandomString.get("d", "abc"),
  ],
};

export function unsupported(which: string): Record<string, unknown> {
  uses[which]!();
  return {};
}
