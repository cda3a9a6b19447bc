// Label selectors and node selector terms: does it match, and which of many can match at all.
import { labelOf } from "./own.ts";
import type { LabelSelector, Labels, NodeSelectorTerm, Requirement } from "./model.ts";

/** All requirements hold; an empty selector matches everything. */
export function matches(selector: LabelSelector, labels: Labels): boolean {
  return selector.every((requirement) => holds(requirement, labels));
}

/** One of the terms matches; no terms mean no constraint, and a term without requirements matches nothing. */
export function matchesAnyTerm(terms: NodeSelectorTerm[], labels: Labels): boolean {
  return terms.length === 0 || terms.some((term) => matchesTerm(term, labels));
}

/** An empty term, which some charts render, matches no node (kubernetes/kubernetes#126325). */
export function matchesTerm(term: NodeSelectorTerm, labels: Labels): boolean {
  return term.length > 0 && matches(term, labels);
}

function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labelOf(labels, key);
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return wholeNumber(value) > wholeNumber(values[0]);
    case "Lt":
      return wholeNumber(value) < wholeNumber(values[0]);
    default:
      return false; // one that is not known here yet
  }
}

/** As the API's `strconv.ParseInt`; NaN, which compares with nothing, where there is none. */
export function wholeNumber(text: string | undefined): number {
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
}

/**
 * Finds, for some labels, the entries whose selector matches them, without trying every entry: an entry is filed under
 * one `key=value` that its selector demands, if it demands any.
 */
export class SelectorIndex<Entry> {
  private readonly filed = new Map<string, Entry[]>();
  private readonly unfiled: Entry[] = [];
  private readonly selectorOf: (entry: Entry) => LabelSelector;

  constructor(entries: Iterable<Entry>, selectorOf: (entry: Entry) => LabelSelector) {
    this.selectorOf = selectorOf;
    for (const entry of entries) {
      const demand = selectorOf(entry).find(isSingleValue);
      if (demand) append(this.filed, `${demand.key}=${demand.values[0]}`, entry);
      else this.unfiled.push(entry);
    }
  }

  matching(labels: Labels): Entry[] {
    const possible = [...this.unfiled];
    for (const key in labels) possible.push(...(this.filed.get(`${key}=${labels[key]}`) ?? []));
    return possible.filter((entry) => matches(this.selectorOf(entry), labels));
  }
}

/** Finds, for a selector, the entries whose labels match: the other way round. */
export class LabelIndex<Entry> {
  private readonly byLabel = new Map<string, Entry[]>();
  private readonly all: Entry[];
  private readonly labelsOf: (entry: Entry) => Labels;

  constructor(entries: Entry[], labelsOf: (entry: Entry) => Labels) {
    this.all = entries;
    this.labelsOf = labelsOf;
    for (const entry of entries) {
      const labels = labelsOf(entry);
      for (const key in labels) append(this.byLabel, `${key}=${labels[key]}`, entry);
    }
  }

  matching(selector: LabelSelector): Entry[] {
    let fewest = this.all;
    for (const { key, values } of selector.filter(isSingleValue)) {
      const entries = this.byLabel.get(`${key}=${values[0]}`) ?? [];
      if (entries.length < fewest.length) fewest = entries;
    }
    return fewest.filter((entry) => matches(selector, this.labelsOf(entry)));
  }
}

const isSingleValue = ({ operator, values }: Requirement) => operator === "In" && values.length === 1;

/** Adds a value to the list under a key, making the list when it is the first. */
export function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
