// What changed between two sets of inputs, and whether it can be changed in place.
import { differences } from "../engine/paths.ts";
import type { Properties } from "../engine/values.ts";
import { type Inputs, joinPath } from "./problem.ts";
import { pathParameters } from "./ids.ts";
import type { ResourceType } from "./resourceType.ts";
import type { PropertyDiff } from "../engine/providers/provider.ts";

/** By property path, `agentPoolProfiles[0].count`. Values that are not known yet count as changed, as in azure-native. */
export function diffInputs(type: ResourceType, olds: Inputs, news: Inputs): Map<string, PropertyDiff> {
  const fixed = [...pathParameters(type), "location", ...(type.createOnly ?? [])].map((path) =>
    path.split("."),
  );
  // What azure-native adds for itself is no change that anybody asked for.
  const own = ({ __createBeforeDelete: _flag, azureApiVersion: _version, ...rest }: Inputs) =>
    rest as Properties;
  return new Map(
    differences(own(olds), own(news)).map(({ path, kind }) => {
      const keys = path.map((step) => (typeof step === "number" ? "*" : step));
      const replace = fixed.some((fixedPath) => isFixed(fixedPath, keys, kind));
      return [path.reduce<string>(joinPath, ""), { kind, replace }];
    }),
  );
}

/** The changed path is the fixed one, or inside it, or takes all of it in when it comes or goes as a whole. */
function isFixed(fixed: string[], changed: string[], kind: PropertyDiff["kind"]): boolean {
  const common = Math.min(fixed.length, changed.length);
  const samePath = fixed.slice(0, common).every((key, index) => key === changed[index]);
  if (!samePath) return false;
  // A whole element of a list that comes or goes (an inline pool) is a change in place.
  return changed.length >= fixed.length || (kind === "update" && !fixed.includes("*"));
}
