// Odd values, and objects that are odd in one or some places.
import fc from "fast-check";
import { anyCharacter } from "../../balancer/testing/anyCharacter.ts";

const words = [
  "",
  "constructor",
  "__proto__",
  "toString",
  "hasOwnProperty",
  "null",
  "NaN",
  "1e66",
  "-1",
  "1e-400",
  "9".repeat(400),
];
const hostile = [
  "\u0000",
  "\u001b[2J",
  "\u202eabc",
  "\ud800",
  "a".repeat(70_000),
  "../..",
  "%00",
  "💥",
  "\r\nx: y",
];

/** What JSON can carry, from harmless to absurd. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1,
    0.5,
    2 ** 31 - 1,
    -(2 ** 31),
    2 ** 53,
    1e308,
    -1e308,
    [],
    {},
    [[]],
    [null],
    [{}],
  ),
  fc.constantFrom(...words, ...hostile),
  fc.string(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.jsonValue({ maxDepth: 3, stringUnit: anyCharacter }),
  fc.constantFrom(...words).map((key) => own(key, "x")),
);

/** An object with this key as its own, also for `__proto__`. */
export const own = (key: string, value: unknown): object => set({}, key, value);

function set(target: object, key: string, value: unknown): object {
  return Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

interface Change {
  /** Picks the place, of all that there are. */
  place: number;
  how: "replace" | "remove" | "add" | "twice";
  key: string;
  value: unknown;
}

const change: fc.Arbitrary<Change> = fc.record({
  place: fc.nat(),
  how: fc.constantFrom("replace", "replace", "replace", "remove", "add", "twice"),
  key: fc.constantFrom(...words, "x"),
  value: oddValue,
});

/** Copies of `base` with up to three places changed. @param keep says of a path that it stays as it is */
export const mutated = <T>(base: T, keep: (path: string) => boolean = () => false): fc.Arbitrary<T> =>
  fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const copy = structuredClone(base);
    for (const one of changes) apply(copy, one, keep);
    return copy;
  });

function apply(
  root: unknown,
  { place, how, key, value: shared }: Change,
  keep: (path: string) => boolean,
): void {
  // Later changes go into it: one that is part of several inputs would get parts of all of them, and circles.
  const value = structuredClone(shared);
  const places = [...placesIn(root, "")].filter(({ path }) => !keep(path));
  const chosen = places[place % Math.max(1, places.length)];
  if (!chosen) return;
  const { parent, name } = chosen;
  const current = (parent as Record<string, unknown>)[name];
  if (how === "remove") {
    if (Array.isArray(parent)) parent.splice(Number(name), 1);
    else delete (parent as Record<string, unknown>)[name];
  } else if (how === "twice" && Array.isArray(parent)) parent.push(structuredClone(current));
  else if (how === "add" && typeof current === "object" && current !== null && !Array.isArray(current))
    set(current, key, value);
  else set(parent, name, value);
}

function* placesIn(value: unknown, path: string): Generator<{ parent: object; name: string; path: string }> {
  if (typeof value !== "object" || value === null) return;
  for (const name of Object.keys(value)) {
    const below = `${path}.${name}`;
    yield { parent: value, name, path: below };
    yield* placesIn((value as Record<string, unknown>)[name], below);
  }
}

/** JSON text that was cut, or has something in it that does not belong there. */
export const brokenText = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(
      text,
      fc.nat(),
      fc.constantFrom(
        "",
        "}",
        '"',
        ",",
        "\\",
        "\u0000",
        "[".repeat(5000),
        '{"a":'.repeat(3000),
        "&a [*a]",
        "*b",
      ),
    )
    .map(([whole, at, more]) => {
      const cut = at % (whole.length + 1);
      return at % 3 === 0 ? whole.slice(0, cut) : whole.slice(0, cut) + more + whole.slice(cut);
    });
