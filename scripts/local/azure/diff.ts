// What changed between two sets of inputs, and whether it can be changed in place.
import { isDeepStrictEqual } from "node:util";
import { type Inputs, isRecord, joinPath } from "./problem.ts";
import { pathParameters } from "./ids.ts";
import type { ResourceType } from "./resourceType.ts";
import type { PropertyDiff } from "../engine/providers/provider.ts";

/** By property path, `agentPoolProfiles[0].count`. Values that are not known yet count as changed, as in azure-native. */
export function diffInputs(type: ResourceType, olds: Inputs, news: Inputs): Map<string, PropertyDiff> {
  const fixed = [...pathParameters(type), "location", ...(type.createOnly ?? [])].map((path) =>
    path.split("."),
  );
  const found = new Map<string, PropertyDiff>();

  const visit = (before: unknown, after: unknown, path: string, keys: string[]): void => {
    if (isDeepStrictEqual(before, after)) return;
    if (isRecord(before) && isRecord(after)) {
      for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
        visit(before[key], after[key], joinPath(path, key), [...keys, key]);
      }
    } else if (Array.isArray(before) && Array.isArray(after)) {
      for (let index = 0; index < Math.max(before.length, after.length); index++) {
        visit(before[index], after[index], joinPath(path, index), [...keys, "*"]);
      }
    } else {
      const kind = before === undefined ? "add" : after === undefined ? "delete" : "update";
      found.set(path, { kind, replace: fixed.some((fixedPath) => isFixed(fixedPath, keys, kind)) });
    }
  };
  // What azure-native adds for itself is no change that anybody asked for.
  const own = ({ __createBeforeDelete: _flag, azureApiVersion: _version, ...rest }: Inputs): Inputs => rest;
  visit(own(olds), own(news), "", []);
  return found;
}

/** The changed path is the fixed one, or inside it, or takes all of it in when it comes or goes as a whole. */
function isFixed(fixed: string[], changed: string[], kind: PropertyDiff["kind"]): boolean {
  const common = Math.min(fixed.length, changed.length);
  const samePath = fixed.slice(0, common).every((key, index) => key === changed[index]);
  if (!samePath) return false;
  // A whole element of a list that comes or goes (an inline pool) is a change in place.
  return changed.length >= fixed.length || (kind === "update" && !fixed.includes("*"));
}
