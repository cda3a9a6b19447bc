// How far a build is, in words. Pure.
import { availableParallelism } from "node:os";
import type { BuildState } from "../tools/build.ts";

/** CPU time that a package takes to compile and its part of linking, in the mean of all: see tools/README.md. */
const cpuSecondsPerPackage = 0.35;
/**
 * The first packages, Go's own, are quick for their size, and what is begun last is still to be linked: of the time that all
 * takes, so much has gone by (measured at ten points of a cold build on two quiet cores, 2026-11-30: within 5 points of a hundred but for two).
 */
const gone = (share: number): number => share ** 1.35;

const minutes = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds / 10) * 10} s` : `${Math.ceil(seconds / 60)} minutes`;

/** @param elapsedMs since the first package */
export function buildText(
  { names, programs, packages, allPackages, share }: BuildState & { names: readonly string[] },
  elapsedMs: number,
  cores = availableParallelism(),
): string {
  if (allPackages === 0) return "their sources come";
  const done = `${programs} of ${names.length} programs, ${packages} of ${allPackages} packages`;
  const expected = (allPackages * cpuSecondsPerPackage) / cores;
  // Its own pace, once there is one: other work may go on here.
  const left = share < 0.05 ? expected : (elapsedMs / 1000) * (1 / gone(share) - 1);
  return share < 0.995 ? `${done}, about ${minutes(left)} left` : `${done}, the last are linked`;
}
