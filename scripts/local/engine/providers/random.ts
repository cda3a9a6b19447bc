// The random package: passwords and strings that stay until their inputs or keepers change.
import { randomInt } from "node:crypto";
import { hashSync } from "bcryptjs";
import { differences, formatPath } from "../paths.ts";
import { secret, unknown, type Properties } from "../values.ts";
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

const stringType = "random:index/randomString:RandomString";
const passwordType = "random:index/randomPassword:RandomPassword";

/** As the real provider hashes: terraform-provider-random, internal/provider/resource_password.go. */
const bcryptCost = 10;
/** bcrypt takes no more; the real provider cuts there as well. */
const bcryptBytes = 72;

const numberOf = (inputs: Properties, key: string): number => {
  const value = inputs[key];
  return typeof value === "number" ? value : 0;
};

/** Which characters a string may have, and how many of each kind it must have. */
const rulesOf = (inputs: Properties) =>
  (Object.keys(alphabets) as Alphabet[]).map((alphabet) => {
    const flag = alphabet === "numeric" ? (inputs["numeric"] ?? inputs["number"]) : inputs[alphabet];
    const override = alphabet === "special" ? inputs["overrideSpecial"] : undefined;
    return {
      alphabet,
      characters: typeof override === "string" && override ? override : alphabets[alphabet],
      minimum: numberOf(inputs, minimumOf[alphabet]),
      enabled: flag !== false,
    };
  });

function problemsOf(type: string, inputs: Properties): Failure[] {
  if (type !== stringType && type !== passwordType) {
    const reason = `the embedded engine has no ${type}; of the random package it has RandomPassword, RandomString`;
    return [{ property: "", reason }];
  }
  const length = inputs["length"];
  if (length === unknown) return [];
  if (typeof length !== "number" || !Number.isInteger(length) || length < 1) {
    const reason = `expected a whole number of at least 1, but got ${JSON.stringify(length)}`;
    return [{ property: "length", reason }];
  }
  const rules = rulesOf(inputs);
  const least = rules.reduce((sum, rule) => sum + rule.minimum, 0);
  if (least > length)
    return [{ property: "length", reason: `the minimums add up to ${least}, but length is ${length}` }];
  if (rules.some((rule) => rule.enabled || rule.minimum > 0)) return [];
  const reason = "no kind of character is left: lower, upper, numeric and special are all false";
  return [{ property: "lower", reason }];
}

function makeString(inputs: Properties): string {
  const rules = rulesOf(inputs);
  const pick = (from: string): string => from[randomInt(from.length)]!;
  const all = rules.flatMap(({ enabled, characters }) => (enabled ? [characters] : [])).join("");
  const required = rules.flatMap((rule) => Array.from({ length: rule.minimum }, () => pick(rule.characters)));
  const rest = Array.from({ length: numberOf(inputs, "length") - required.length }, () => pick(all));
  const characters = [...required, ...rest];
  for (let index = characters.length - 1; index > 0; index--) {
    const other = randomInt(index + 1);
    [characters[index], characters[other]] = [characters[other]!, characters[index]!];
  }
  return characters.join("");
}

/** The inputs with the defaults spelled out, as the real provider returns them; `number` is `numeric`'s old name. */
function withDefaults(inputs: Properties): Properties {
  const outputs: Properties = {};
  for (const { alphabet, enabled, minimum } of rulesOf(inputs)) {
    outputs[alphabet] = enabled;
    outputs[minimumOf[alphabet]] = minimum;
  }
  return { ...outputs, number: outputs["numeric"]!, ...inputs };
}

function make(type: string, inputs: Properties): { id: string; outputs: Properties } {
  const result = makeString(inputs);
  const outputs = withDefaults(inputs);
  if (type === stringType) return { id: result, outputs: { ...outputs, result } };
  const hash = hashSync(Buffer.from(result).subarray(0, bcryptBytes).toString(), bcryptCost);
  return { id: "none", outputs: { ...outputs, result: secret(result), bcryptHash: secret(hash) } };
}

const client: ProviderClient = {
  check: ({ type }, { news }) => Promise.resolve({ inputs: news, failures: problemsOf(type, news) }),
  diff(_subject, { oldInputs, newInputs }) {
    // Every input decides the result, so any change makes a new one.
    const paths = differences(oldInputs, newInputs).map(({ path }) => formatPath(path.slice(0, 1)));
    return Promise.resolve({
      changes: paths.length ? "some" : "none",
      replaces: [...new Set(paths)],
      deleteBeforeReplace: false,
    });
  },
  create({ type }, { inputs, preview }) {
    if (!preview) return Promise.resolve(make(type, inputs));
    const open: Properties =
      type === passwordType ? { result: unknown, bcryptHash: unknown } : { result: unknown };
    return Promise.resolve({ id: "", outputs: { ...withDefaults(inputs), ...open } });
  },
  update: () => Promise.reject(new Error("a random value is never updated, only replaced")),
  delete: () => Promise.resolve(),
  read: ({ id }, { inputs, outputs }) => Promise.resolve({ id, inputs, outputs }),
  invoke: (token) => Promise.reject(new Error(`the embedded engine has no function ${token}`)),
  close: () => undefined,
};

export const randomPackage: ProviderPackage = { configure: () => Promise.resolve(client) };
