// IPv4 address ranges as numbers: which are valid, lie inside one another, or overlap.

interface Range {
  first: number;
  last: number;
}

const octet = /^(0|[1-9]\d{0,2})$/;

function toNumber(address: string): number | undefined {
  const parts = address.split(".");
  if (parts.length !== 4 || !parts.every((part) => octet.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** The range of `10.0.0.0/16`, or undefined for other text; the address must be the range's first one. */
function parseRange(text: string): Range | undefined {
  const [address = "", prefix = "", ...rest] = text.split("/");
  const first = toNumber(address);
  const bits = /^\d{1,2}$/.test(prefix) ? Number(prefix) : 33;
  if (first === undefined || bits > 32 || rest.length > 0) return undefined;
  const size = 2 ** (32 - bits);
  return first % size === 0 ? { first, last: first + size - 1 } : undefined;
}

export const isRange = (text: string): boolean => parseRange(text) !== undefined;
export const isAddress = (text: string): boolean => toNumber(text) !== undefined;

/** Number of addresses in a range; 0 for what is no range. */
export function sizeOf(text: string): number {
  const range = parseRange(text);
  return range ? range.last - range.first + 1 : 0;
}

/** Addresses from `start` to `end`, both included; 0 or less when they are in the wrong order or no addresses. */
export function span(start: string, end: string): number {
  const [first, last] = [toNumber(start), toNumber(end)];
  return first === undefined || last === undefined ? 0 : last - first + 1;
}

export function contains(outer: string, inner: string): boolean {
  const [out, into] = [parseRange(outer), parseRange(inner)];
  return out !== undefined && into !== undefined && out.first <= into.first && into.last <= out.last;
}

export function overlaps(left: string, right: string): boolean {
  const [one, other] = [parseRange(left), parseRange(right)];
  return one !== undefined && other !== undefined && one.first <= other.last && other.first <= one.last;
}

/** The `index`-th address of a range, as text. */
export function addressAt(range: string, index: number): string {
  const parsed = parseRange(range);
  if (!parsed || parsed.first + index > parsed.last) throw new Error(`no address ${index} in ${range}`);
  const address = parsed.first + index;
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}
