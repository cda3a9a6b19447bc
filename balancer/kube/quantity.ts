// Kubernetes quantities (`100m`, `1.5Gi`, `1e3`) as numbers, exactly wherever a number can be exact.
//
// Grammar: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/

/** Each part is optional, and none can take over what another one gives back: linear in the length of the text. */
const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/;
const decimals: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }; // prettier-ignore
const binaries = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/**
 * Nothing counts for more, as in the API itself (`apimachinery/pkg/api/resource`: "larger numbers are capped"): anybody
 * may write `1e66` into a template.
 */
export const largestQuantity = 2 ** 63;

/** Digits beyond this, before or after the point, change nothing that is counted here. */
const maxDigits = 40;

/** CPU in millicores: `100m` → 100, `0.5` → 500. @throws Error on text that is no quantity */
export function parseCpu(text: string): number {
  return remembered(millicores, text, 1000n);
}

/** Memory (or any other plain amount) in bytes: `1.5Gi` → 1610612736. @throws Error on text that is no quantity */
export function parseMemory(text: string): number {
  return remembered(bytes, text, 1n);
}

/** A cluster's 150,000 pods say some hundred different quantities, each several times. */
const millicores = new Map<string, number>();
const bytes = new Map<string, number>();

function remembered(known: Map<string, number>, text: string, scale: bigint): number {
  let value = known.get(text);
  if (value === undefined) {
    value = parseScaled(text, scale);
    if (known.size >= 5000) known.clear();
    if (text.length <= maxDigits) known.set(text, value);
  }
  return value;
}

function parseScaled(text: unknown, scale: bigint): number {
  // JSON from outside: `cpu: 1` instead of `cpu: "1"` is a number.
  const match = typeof text === "string" || typeof text === "number" ? pattern.exec(String(text)) : undefined;
  const [, sign, rawWhole = "", rawFraction = "", suffix = ""] = match ?? [];
  if (!match || rawWhole + rawFraction === "") {
    throw new Error(`expected a Kubernetes quantity such as "100m" or "1.5Gi", got ${shown(text)}`);
  }
  const negative = sign === "-";
  const whole = rawWhole.replace(/^0+/, "");
  const fraction = rawFraction.slice(0, maxDigits);
  if (whole === "" && /^0*$/.test(fraction)) return 0;
  let exponent = -fraction.length;
  let factor = scale;
  if (suffix.endsWith("i")) factor *= 1024n ** BigInt(binaries.indexOf(suffix) + 1);
  else if (suffix.length > 1) exponent += Number(suffix.slice(1));
  else exponent += decimals[suffix] ?? 0;
  // The powers of what is nothing, or too much, would take all the memory.
  if (exponent < -2 * maxDigits && whole.length <= maxDigits) return 0;
  if (whole.length > maxDigits || exponent > maxDigits) return negative ? -largestQuantity : largestQuantity;

  let numerator = BigInt(whole + fraction) * factor;
  if (exponent > 0) numerator *= 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(Math.max(0, -exponent));
  // Divided as integers where that leaves no rest; else as numbers, correct to the last bit or two.
  const exact =
    numerator % divisor === 0n ? Number(numerator / divisor) : Number(numerator) / Number(divisor);
  const value = Math.min(exact, largestQuantity);
  return negative && value !== 0 ? -value : value;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}… (${text.length} characters)`;
}
