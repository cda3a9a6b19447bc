// IPv4 ranges: enough arithmetic to see whether they are well formed, lie in each other, or overlap.
import { at, isKnown, listAt } from "./problem.ts";
import type { Rule } from "./resourceType.ts";

export interface Range {
  text: string;
  first: number;
  last: number;
  bits: number;
}

/** Undefined when the text is no IPv4 address. */
export function parseAddress(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((value, part) => value * 256 + Number(part), 0);
}

/** `10.0.0.0/16`; undefined when it is no range, or its address has bits beyond the prefix. */
export function parseRange(text: string): Range | undefined {
  const [address, length, ...more] = text.split("/");
  const first = parseAddress(address!);
  if (first === undefined || more.length > 0 || !/^\d{1,2}$/.test(length ?? "") || Number(length) > 32)
    return undefined;
  const bits = Number(length);
  const size = 2 ** (32 - bits);
  return first % size === 0 ? { text, first, last: first + size - 1, bits } : undefined;
}

export const contains = (outer: Range, inner: Range): boolean =>
  outer.first <= inner.first && inner.last <= outer.last;

export const overlap = (a: Range, b: Range): boolean => a.first <= b.last && b.first <= a.last;

/** The well-formed ranges at a path: one, or a list of them; `orAddress`: an address counts as a range of one. */
export const rangesAt = (inputs: unknown, path: string, orAddress = false): Range[] =>
  [at(inputs, path), ...listAt(inputs, path)]
    .filter((text) => typeof text === "string")
    .flatMap((text) => parseRange(text) ?? (orAddress ? parseRange(`${text}/32`) : undefined) ?? []);

/** A problem unless the text at `path`, or each of a list there, is a well-formed range, or (`orAddress`) an address. */
export const isRange =
  (path: string, orAddress = false): Rule =>
  (inputs) => {
    const value = at(inputs, path);
    const texts = Array.isArray(value) ? value : [value];
    return texts.flatMap((text: unknown, index) =>
      typeof text !== "string" ||
      !isKnown(text) ||
      parseRange(text) ||
      (orAddress && parseAddress(text) !== undefined)
        ? []
        : [
            {
              path: Array.isArray(value) ? `${path}[${index}]` : path,
              message: `expected an IPv4 range such as 10.0.0.0/16 that starts at its own boundary, got ${text}`,
            },
          ],
    );
  };
