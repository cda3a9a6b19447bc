// Where clusters lie, and the Kubernetes versions that AKS has for them and their pools.
import { textAt } from "../problem.ts";
import type { Rule } from "../resourceType.ts";
import { refuse } from "../rules.ts";

export const clusterPath =
  "/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerService/managedClusters/{resourceName}";

/** Minor versions in November 2026: https://learn.microsoft.com/azure/aks/supported-kubernetes-versions */
const supported = ["1.33", "1.34", "1.35", "1.36"];

export const latestVersion = supported.at(-1)!;

/** `1.35.2` → `1.35` */
const minorOf = (version: string): string => version.split(".").slice(0, 2).join(".");

export const isSupported = (path: string): Rule =>
  refuse(
    path,
    (inputs) => !supported.includes(minorOf(textAt(inputs, path) ?? latestVersion)),
    (inputs) => `Kubernetes ${textAt(inputs, path)} is not supported, expected ${supported.join(", ")}`,
  );
