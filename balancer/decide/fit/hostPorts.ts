// Ports of a node that pods take: two of them are in each other's way by port, protocol and address.
import type { HostPort } from "../../model.ts";

/** As the scheduler judges it (`pkg/scheduler/framework/types.go`, HostPortInfo.CheckConflict). */
export function areInConflict(wanted: readonly HostPort[], taken: readonly HostPort[]): boolean {
  return wanted.some((a) => taken.some((b) => isSame(whole(a), whole(b))));
}

type Whole = Exclude<HostPort, number>;

const whole = (port: HostPort): Whole =>
  typeof port === "number" ? { port, protocol: "TCP", hostIP: "" } : port;

function isSame(a: Whole, b: Whole): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false;
  return isEveryAddress(a.hostIP) || isEveryAddress(b.hostIP) || a.hostIP === b.hostIP;
}

const isEveryAddress = (hostIP: string) => hostIP === "" || hostIP === "0.0.0.0" || hostIP === "::";
