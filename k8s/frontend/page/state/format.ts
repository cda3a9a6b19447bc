// Numbers, times and names as people read them.
import type { Pod } from "./api.ts";

const percentFormat = new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 0 });
const moneyFormat = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const countFormat = new Intl.NumberFormat("en-US");

export const percent = (ratio: number): string => percentFormat.format(ratio);
export const money = (usd: number): string => moneyFormat.format(usd);
/** `1 node`, `2 nodes` */
export const plural = (number: number, what: string): string =>
  `${count(number)} ${what}${number === 1 ? "" : "s"}`;
export const count = (value: number): string => countFormat.format(value);

/** The reader's own time of day; @param time milliseconds since 1970 */
export const clock = (time: number): string => new Date(time).toLocaleTimeString("en-GB");

/** Binary multiples, as Kubernetes writes memory. */
export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  const scaled = value / 1024 ** power;
  return `${scaled.toFixed(power === 0 || scaled >= 100 ? 0 : 1)} ${units[power]}`;
}

/** What was decided without the figures behind it: `CPU at 2 % (cpuUtilization 0.02)` → `CPU at 2 %` */
export const withoutFigures = (note: string): string => note.replace(/ \((?:\w+ [^,()]+(?:, )?)*\)$/, "");

/** `Deployment/nginx-demo` → `nginx-demo` */
export const shortName = (owner: string): string => owner.slice(owner.indexOf("/") + 1);

/** Of a namespace whose names are not for everybody: the API leaves them out. */
export const isNameless = ({ namespace }: Pick<Pod, "namespace">): boolean => namespace === "";

/** What a pod is called where there is little room. */
export const podName = (pod: Pick<Pod, "namespace" | "name" | "owner">): string =>
  isNameless(pod) ? "other" : pod.owner === null ? pod.name : shortName(pod.owner);

export function ago(time: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(time)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}
