// Kubernetes quantities (`100m`, `1.5Gi`, `1e3`) as numbers, exactly wherever a number can be exact.
//
// Grammar: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/

const pattern = /^([+-]?)(\d*)\.?(\d*)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/;
const decimals = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 } as const;
const binaries = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** CPU in millicores: `100m` → 100, `0.5` → 500. @throws Error on text that is no quantity */
export function parseCpu(text: string): number {
  return parseScaled(text, 1000n);
}

/** Memory (or any other plain amount) in bytes: `1.5Gi` → 1610612736. @throws Error on text that is no quantity */
export function parseMemory(text: string): number {
  return parseScaled(text, 1n);
}

function parseScaled(text: string, scale: bigint): number {
  const match = pattern.exec(text);
  const [, sign, whole = "", fraction = "", suffix = ""] = match ?? [];
  if (!match || whole + fraction === "") {
    throw new Error(`expected a Kubernetes quantity such as "100m" or "1.5Gi", got "${text}"`);
  }
  let numerator = BigInt(whole + fraction) * scale;
  let exponent = -fraction.length;
  if (suffix.endsWith("i")) numerator *= 1024n ** BigInt(binaries.indexOf(suffix) + 1);
  else if (suffix.length > 1) exponent += Number(suffix.slice(1));
  else exponent += decimals[suffix as keyof typeof decimals] ?? 0;
  // Beyond this nothing is meant seriously, and BigInt powers would take all the memory.
  if (Math.abs(exponent) > 64) throw new Error(`quantity "${text}" is out of range`);
  if (exponent > 0) numerator *= 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(Math.max(0, -exponent));
  // Divided as integers where that leaves no rest; else as numbers, correct to the last bit or two.
  const value =
    numerator % divisor === 0n ? Number(numerator / divisor) : Number(numerator) / Number(divisor);
  return sign === "-" && value !== 0 ? -value : value;
}
