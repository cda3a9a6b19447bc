// A real Pulumi program for the engine's tests; its configuration says which part of the SDK it uses.
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword, RandomString } from "@pulumi/random";
import { unsupported } from "./unsupported.ts";

class Group extends pulumi.ComponentResource {
  readonly label: pulumi.Output<string>;

  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("fixture:index:Group", name, {}, opts);
    const child = new RandomString(`${name}-child`, { length: 6, special: false }, { parent: this });
    this.label = child.result.apply((text) => `label ${text}`);
    this.registerOutputs({ label: this.label });
  }
}

function plain(): Record<string, unknown> {
  const config = new pulumi.Config();
  const password = new RandomPassword("password", { length: 20, minSpecial: 2 });
  const group = new Group("group");
  const dice = new RandomString("dice", { length: 1, keepers: { of: group.label } });
  pulumi.log.info("rolling", dice);
  console.log("a line of the program");
  return {
    where: `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`,
    password: password.result,
    shout: password.result.apply((text) => text.toUpperCase()),
    label: group.label,
    dice: dice.result,
    secretConfig: config.getSecret("password"),
    object: config.getObject("object"),
  };
}

export default function program(): Record<string, unknown> {
  const which = new pulumi.Config().require("case");
  if (which === "plain") return plain();
  if (which === "crash") {
    new RandomString("before", { length: 3 });
    throw new pulumi.RunError("poolSize: expected 1 to 5, but got 9");
  }
  return unsupported(which);
}
