// The random package: passwords, strings, ids and integers that stay until their inputs or keepers change.
import { randomBytes, randomInt } from "node:crypto";
import { differences, formatPath } from "../paths.ts";
import { defined, secret, unknown, type Properties, type Value } from "../values.ts";
import type { Failure, ProviderClient, ProviderPackage } from "./provider.ts";

const alphabets = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
};
type Alphabet = keyof typeof alphabets;
const minimumOf: Record<Alphabet, string> = {
  lower: "minLower",
  upper: "minUpper",
  numeric: "minNumeric",
  special: "minSpecial",
};

interface Kind {
  check(inputs: Properties): Failure[];
  make(inputs: Properties): { id: string; outputs: Properties };
  /** Outputs that a preview cannot know. */
  results: string[];
}

const numberOf = (inputs: Properties, key: string, fallback: number): number => {
  const value = inputs[key];
  return typeof value === "number" ? value : fallback;
};

/** Which characters a string may have, and how many of each kind it must have. */
function rulesOf(
  inputs: Properties,
): { characters: string; minimum: number; enabled: boolean; alphabet: Alphabet }[] {
  return (Object.keys(alphabets) as Alphabet[]).map((alphabet) => {
    const flag = alphabet === "numeric" ? (inputs["numeric"] ?? inputs["number"]) : inputs[alphabet];
    const override = alphabet === "special" ? inputs["overrideSpecial"] : undefined;
    return {
      alphabet,
      characters: typeof override === "string" && override ? override : alphabets[alphabet],
      minimum: numberOf(inputs, minimumOf[alphabet], 0),
      enabled: flag !== false,
    };
  });
}

function checkString(inputs: Properties): Failure[] {
  const length = inputs["length"];
  if (length === unknown) return [];
  if (typeof length !== "number" || !Number.isInteger(length) || length < 1) {
    return [
      {
        property: "length",
        reason: `expected a whole number of at least 1, but got ${JSON.stringify(length)}`,
      },
    ];
  }
  const rules = rulesOf(inputs);
  const least = rules.reduce((sum, rule) => sum + rule.minimum, 0);
  if (least > length)
    return [{ property: "length", reason: `the minimums add up to ${least}, but length is ${length}` }];
  return rules.some((rule) => rule.enabled || rule.minimum > 0)
    ? []
    : [
        {
          property: "lower",
          reason: "no kind of character is left: lower, upper, numeric and special are all false",
        },
      ];
}

function makeString(inputs: Properties): string {
  const rules = rulesOf(inputs);
  const pick = (from: string): string => from[randomInt(from.length)]!;
  const all = rules
    .filter((rule) => rule.enabled)
    .map((rule) => rule.characters)
    .join("");
  const required = rules.flatMap((rule) => Array.from({ length: rule.minimum }, () => pick(rule.characters)));
  const rest = Array.from({ length: numberOf(inputs, "length", 0) - required.length }, () => pick(all));
  const characters = [...required, ...rest];
  for (let index = characters.length - 1; index > 0; index--) {
    const other = randomInt(index + 1);
    [characters[index], characters[other]] = [characters[other]!, characters[index]!];
  }
  return characters.join("");
}

/** The inputs with the defaults spelled out, as the real provider returns them. */
function stringOutputs(inputs: Properties): Properties {
  const outputs: Properties = {};
  for (const { alphabet, enabled, minimum } of rulesOf(inputs)) {
    outputs[alphabet] = enabled;
    outputs[minimumOf[alphabet]] = minimum;
  }
  return { ...outputs, ...inputs };
}

const kinds: Record<string, Kind> = {
  "random:index/randomPassword:RandomPassword": {
    check: checkString,
    make: (inputs) => ({
      id: "none",
      outputs: { ...stringOutputs(inputs), result: secret(makeString(inputs)) },
    }),
    results: ["result", "bcryptHash"],
  },
  "random:index/randomString:RandomString": {
    check: checkString,
    make: (inputs) => {
      const result = makeString(inputs);
      return { id: result, outputs: { ...stringOutputs(inputs), result } };
    },
    results: ["result"],
  },
  "random:index/randomId:RandomId": {
    check: (inputs) => {
      const length = inputs["byteLength"];
      const valid =
        length === unknown || (typeof length === "number" && Number.isInteger(length) && length > 0);
      return valid
        ? []
        : [
            {
              property: "byteLength",
              reason: `expected a whole number of at least 1, but got ${JSON.stringify(length)}`,
            },
          ];
    },
    make: (inputs) => {
      const bytes = randomBytes(numberOf(inputs, "byteLength", 1));
      const prefix = typeof inputs["prefix"] === "string" ? inputs["prefix"] : "";
      const outputs = {
        b64Std: prefix + bytes.toString("base64"),
        b64Url: prefix + bytes.toString("base64url"),
        hex: prefix + bytes.toString("hex"),
        dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
      };
      return { id: bytes.toString("base64url"), outputs: { ...inputs, ...outputs } };
    },
    results: ["b64Std", "b64Url", "hex", "dec"],
  },
  "random:index/randomInteger:RandomInteger": {
    check: ({ min, max, seed }) => {
      if (seed !== undefined)
        return [{ property: "seed", reason: "the embedded engine supports no seed: remove it" }];
      const known = typeof min === "number" && typeof max === "number";
      return !known || min <= max
        ? []
        : [{ property: "max", reason: `expected at least min, which is ${min}, but got ${max}` }];
    },
    make: (inputs) => {
      const result = randomInt(numberOf(inputs, "min", 0), numberOf(inputs, "max", 0) + 1);
      return { id: String(result), outputs: { ...inputs, result } };
    },
    results: ["result"],
  },
};

function kindOf(type: string): Kind {
  const kind = kinds[type];
  if (!kind) {
    throw new Error(
      `the embedded engine has no ${type}; of the random package it has ${Object.keys(kinds).map(shortName).join(", ")}`,
    );
  }
  return kind;
}

const shortName = (type: string): string => type.slice(type.lastIndexOf(":") + 1);

const client: ProviderClient = {
  check: (subject, { news }) => Promise.resolve({ inputs: news, failures: kindOf(subject.type).check(news) }),
  diff(_subject, { oldInputs, newInputs }) {
    // Every input decides the result, so any change makes a new one.
    const paths = differences(oldInputs, newInputs).map(({ path }) => formatPath(path.slice(0, 1)));
    return Promise.resolve({
      changes: paths.length ? "some" : "none",
      replaces: [...new Set(paths)],
      deleteBeforeReplace: false,
    });
  },
  create(subject, { inputs, preview }) {
    const kind = kindOf(subject.type);
    if (!preview) return Promise.resolve(kind.make(inputs));
    const open = Object.fromEntries(kind.results.map((key): [string, Value] => [key, unknown]));
    return Promise.resolve({ id: "", outputs: defined({ ...inputs, ...open }) });
  },
  update: (_subject, { oldOutputs, newInputs }) =>
    Promise.resolve({ outputs: { ...oldOutputs, ...newInputs } }),
  delete: () => Promise.resolve(),
  read: (subject, { inputs, outputs }) => Promise.resolve({ id: subject.id, inputs, outputs }),
  invoke: (token) => Promise.reject(new Error(`the embedded engine has no function ${token}`)),
  close: () => undefined,
};

export const randomPackage: ProviderPackage = { configure: () => Promise.resolve(client) };
