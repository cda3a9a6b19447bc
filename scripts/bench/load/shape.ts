// Load in a shape that both generators can make, and what one of them says of it.

export interface Shape {
  /** As part of a measurement's name. */
  name: string;
  users: number;
  /** Every user sends a request each so many seconds. */
  everySeconds: readonly [least: number, most: number];
  durationSeconds: number;
}

export interface Said {
  requests: number;
  failed: number;
  /** Latencies in ms. */
  p50: number;
  p99: number;
}

/** Requests a second when everything keeps up. */
export const nominalRate = ({ users, everySeconds: [least, most] }: Shape): number =>
  users / ((least + most) / 2);
