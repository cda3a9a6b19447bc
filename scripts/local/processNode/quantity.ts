// Kubernetes quantities ("250m", "1.5Gi", "2e3") as plain numbers.

const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The quantity in its base unit: cores for CPU, bytes for memory and storage. Throws when it is none. */
export function quantity(text: string): number {
  const [, number, exponent, suffix] = /^([+-]?[\d.]+)(?:[eE]([+-]?\d+)|([a-zA-Z]*))$/.exec(text) ?? [];
  const factor = exponent === undefined ? factors[suffix ?? ""] : 10 ** Number(exponent);
  const value = Number(number);
  if (number === undefined || factor === undefined || Number.isNaN(value))
    throw new Error(`expected a Kubernetes quantity such as "250m" or "1.5Gi", got "${text}"`);
  return value * factor;
}
