// The forms that Azure's rules have, so that a rule is one line. What is not known yet breaks none of them.
import { isAddress, isRange } from "../../../stacks/config/addresses.ts";
import {
  type Inputs,
  type Problem,
  at,
  given,
  isKnown,
  isRecord,
  joinPath,
  listAt,
  numberAt,
  textAt,
} from "./problem.ts";
import type { Rule, WorldRule } from "./resourceType.ts";

/** What is wrong, in words; anything else is fine. */
type Finding = string | number | boolean | null | undefined;

/** The problem at a path, if there is one. */
export const wrong = (path: string, finding: Finding): Problem[] =>
  typeof finding === "string" && finding !== "" ? [{ path, message: finding }] : [];

export const refuse =
  (path: string, find: (inputs: Inputs) => Finding): Rule =>
  (inputs) =>
    wrong(path, find(inputs));

/** Looks at a text that is known, and at each one of a list. */
export const refuseText =
  (path: string, find: (text: string, inputs: Inputs) => Finding): Rule =>
  (inputs) => {
    const value = at(inputs, path);
    if (typeof value === "string") return wrong(path, find(value, inputs));
    return (Array.isArray(value) ? value : []).flatMap((text: unknown, index) =>
      typeof text === "string" && isKnown(text) ? wrong(`${path}[${index}]`, find(text, inputs)) : [],
    );
  };

/** Rules about each element of a list, or of a record. */
export const each =
  (path: string, rules: readonly Rule[]): Rule =>
  (inputs) => {
    const value = at(inputs, path);
    const elements = Array.isArray(value) ? [...(value as unknown[]).entries()] : Object.entries(value ?? {});
    return elements.flatMap(([key, element]) => {
      if (!isRecord(element)) return [];
      const place = joinPath(path, key);
      const problems = rules.flatMap((rule) => rule(element));
      return problems.map(({ path, message }) => ({ path: path ? `${place}.${path}` : place, message }));
    });
  };

export const required = (path: string, message = "is missing, and required"): Rule =>
  refuse(path, (inputs) => !given(inputs, path) && message);

export const between = (path: string, from: number, to: number, unit = ""): Rule =>
  refuse(path, (inputs) => {
    const value = numberAt(inputs, path) ?? from;
    return (value < from || value > to) && `expected ${from} to ${to}${unit}, got ${value}`;
  });

export const matching = (path: string, pattern: RegExp, expected: string): Rule =>
  refuseText(path, (text) => !pattern.test(text) && `expected ${expected}, got ${text}`);

export const oneOf = (path: string, values: readonly (string | number)[]): Rule =>
  refuse(path, (inputs) => {
    const value = at(inputs, path) as string | number | undefined;
    return (
      value !== undefined && !values.includes(value) && `expected one of ${values.join(", ")}, got ${value}`
    );
  });

/** A well-formed IPv4 range; with `orAddress`, an address as well. */
export const range = (path: string, orAddress = false): Rule =>
  refuseText(
    path,
    (text) =>
      !isRange(text) &&
      !(orAddress && isAddress(text)) &&
      `expected an IPv4 range such as 10.0.0.0/16 that starts at its own boundary, got ${text}`,
  );

/** The well-formed ranges at a path: one, or a list of them; an address counts as a range of one. */
export const rangesAt = (inputs: unknown, path: string): string[] =>
  [at(inputs, path), ...listAt(inputs, path)]
    .filter((text) => typeof text === "string")
    .map((text) => (isAddress(text) ? `${text}/32` : text))
    .filter(isRange);

/** The resource that an input names must be there. */
export const mustExist =
  (path: string): WorldRule =>
  (inputs, world) => {
    const id = textAt(inputs, path);
    return wrong(path, id !== undefined && !world.find(id) && `there is no resource ${id}`);
  };
