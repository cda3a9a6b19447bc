// One figure of the benchmark, and how it is shown. Pure.

export interface Measurement {
  name: string;
  value: number;
  unit: string;
  /** What was measured beside it in the same run, in words. */
  against: string;
  /** `value` as a part of the other one: below 1 is less. */
  ratio: number;
}

/** @param other what it is held against, in the same unit */
export function measurement(
  name: string,
  value: number,
  unit: string,
  against: string,
  other: number,
): Measurement {
  if (!(other > 0)) throw new Error(`${name}: expected something above 0 to compare with, got ${other}`);
  return { name, value: rounded(value), unit, against, ratio: rounded(value / other) };
}

/** Three significant digits. */
const rounded = (value: number): number => Number(value.toPrecision(3));

export function textLine({ name, value, unit, against, ratio }: Measurement): string {
  return `${name.padEnd(30)} ${`${value} ${unit}`.padStart(12)}  ${ratio} × ${against}`;
}
