// ARM's IDs: how they are put together, compared and taken apart, and the GUIDs of what stands behind them.
import { createHash, type Hash } from "node:crypto";
import type { Inputs } from "./problem.ts";

/** A GUID that is always the same for the same text, as Azure's are for a resource's life. */
export const stableGuid = (text: string): string => guidOf(createHash("sha256").update(text.toLowerCase()));

export function guidOf(hash: Hash): string {
  const hex = hash.digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export const tenantId = stableGuid("tenant of the emulated Azure");

/** ARM path of a type below the subscription, or below a whole ID (`{scope}`, `{resourceUri}`). */
type Path = { path: string };

/** Names of the inputs in the path, outermost first; the last of them names the resource. */
export const pathParameters = ({ path }: Path): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);

/** The ARM ID that these inputs give. */
export function resourceId(type: Path, inputs: Inputs, subscription: string): string {
  const isScoped = /^\/\{(scope|resourceUri)\}/.test(type.path);
  const filled = type.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    String(inputs[name]).replace(/^\/+|\/+$/g, ""),
  );
  return isScoped ? filled : `/subscriptions/${subscription}${filled}`;
}

/** ARM type of a path: `Microsoft.Network/virtualNetworks/subnets`. */
export function armType({ path }: Path): string {
  const [, rest] = path.split("/providers/");
  return rest?.replace(/\/\{\w+\}/g, "") ?? "Microsoft.Resources/resourceGroups";
}

/** ID of the resource that must exist before: the parent, or the resource group; undefined at the top. */
export function parentId(id: string): string | undefined {
  const parts = id.split("/");
  const provider = parts.lastIndexOf("providers");
  if (provider < 0) return undefined;
  return parts.length - provider > 4 ? parts.slice(0, -2).join("/") : parts.slice(0, provider).join("/");
}

/** The resource's own name. */
export const lastName = (id: string): string => id.split("/").at(-1)!;

/** IDs are compared without regard to case. */
export const isSame = (id: string | undefined, other: string | undefined): boolean =>
  id !== undefined && id.toLowerCase() === other?.toLowerCase();

/** `id` is `scope` or lies below it. */
export const isWithin = (id: string, scope: string): boolean =>
  `${id}/`.toLowerCase().startsWith(`${scope.replace(/\/+$/, "")}/`.toLowerCase());

/**
 * Azure Monitor workspaces: made by others, so that their IDs lead nowhere here.
 * https://learn.microsoft.com/azure/azure-monitor/metrics/azure-monitor-workspace-overview
 */
export const isOthersOwn = (id: string): boolean =>
  /\/providers\/Microsoft\.Monitor\/accounts\/[^/]+$/i.test(id);
