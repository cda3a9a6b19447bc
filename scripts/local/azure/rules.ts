// The forms that most of Azure's rules have, so that a rule is one line. What is not known yet breaks none of them.
import { type Inputs, at, given, numberAt, textAt } from "./problem.ts";
import type { Rule, WorldRule } from "./resourceType.ts";

/** Refuses what `isBroken` tells. */
export const refuse =
  (
    path: string,
    isBroken: (inputs: Inputs) => unknown,
    message: string | ((inputs: Inputs) => string),
  ): Rule =>
  (inputs) =>
    isBroken(inputs) ? [{ path, message: typeof message === "string" ? message : message(inputs) }] : [];

export const required = (path: string, message = "is missing, and required"): Rule =>
  refuse(path, (inputs) => !given(inputs, path), message);

export const between = (path: string, from: number, to: number, unit = ""): Rule =>
  refuse(
    path,
    (inputs) => (numberAt(inputs, path) ?? from) < from || (numberAt(inputs, path) ?? to) > to,
    (inputs) => `expected ${from} to ${to}${unit}, got ${numberAt(inputs, path)}`,
  );

export const matching = (path: string, pattern: RegExp, expected: string): Rule =>
  refuse(
    path,
    (inputs) => !pattern.test(textAt(inputs, path) ?? "") && textAt(inputs, path) !== undefined,
    (inputs) => `expected ${expected}, got ${textAt(inputs, path)}`,
  );

export const oneOf = (path: string, values: readonly (string | number)[]): Rule =>
  refuse(
    path,
    (inputs) => at(inputs, path) !== undefined && !values.includes(at(inputs, path) as string),
    (inputs) => `expected one of ${values.join(", ")}, got ${String(at(inputs, path))}`,
  );

/** The resource that an input names must be there. */
export const mustExist =
  (path: string): WorldRule =>
  (inputs, world) => {
    const id = textAt(inputs, path);
    return id === undefined || world.find(id) ? [] : [{ path, message: `there is no resource ${id}` }];
  };
