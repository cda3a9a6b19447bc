// Whose tokens stand for an identity: of which issuer, about which subject.
import { listAt, textAt } from "../problem.ts";
import type { ResourceType, WorldRule } from "../resourceType.ts";
import { matching, refuse, refuseText, required, wrong } from "../rules.ts";

/** https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations */
const most = 20;
const longest = 600;

const ofSameIdentity: WorldRule = (inputs, world, id) => {
  const siblings = world.list(federatedIdentityCredential.token).filter((each) => {
    const key = (of: object) =>
      `${textAt(of, "resourceGroupName")}/${textAt(of, "resourceName")}`.toLowerCase();
    return each.id.toLowerCase() !== id.toLowerCase() && key(each.inputs) === key(inputs);
  });
  const twin = siblings.find((each) =>
    ["issuer", "subject"].every((key) => textAt(each.inputs, key) === textAt(inputs, key)),
  );
  return [
    ...wrong("subject", twin && `issuer and subject are those of ${twin.id} already`),
    ...wrong("", siblings.length >= most && `an identity has at most ${most} of them`),
  ];
};

export const federatedIdentityCredential: ResourceType = {
  token: "azure-native:managedidentity:FederatedIdentityCredential",
  apiVersion: "2023-01-31",
  path: "/resourceGroups/{resourceGroupName}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}",
  model: { package: "arm-msi", model: "FederatedIdentityCredential" },
  rules: [
    ...["issuer", "subject", "audiences"].map((key) => required(key)),
    matching("issuer", /^https:\/\/\S+$/, "an https URL"),
    ...["issuer", "subject"].map((key) =>
      refuseText(key, (text) => text.length > longest && `has more than ${longest} characters`),
    ),
    refuseText("subject", (subject) => subject.includes("*") && "may have no wildcard"),
    refuse("audiences", (inputs) => listAt(inputs, "audiences").length > 1 && "expected one audience"),
  ],
  worldRules: [ofSameIdentity],
};
