// When requests are due. Pure: chance comes in, and nothing depends on how fast answers come (an open model).

export interface Arrival {
  /** Seconds from the start of the phase. */
  at: number;
  /** 0, 1, … */
  user: number;
}

export interface Pace {
  users: number;
  /** Every user sends a request each so many seconds, drawn evenly between the two. */
  everySeconds: readonly [least: number, most: number];
  /** The users come in evenly over this time. */
  rampSeconds: number;
  durationSeconds: number;
}

/** How far ahead requests are drawn and put in order. */
const windowSeconds = 1;

/**
 * Every request of a phase, earliest first. A user does not wait for an answer before the next request: otherwise a slow
 * server would be asked less, and its worst times would not be seen ("coordinated omission").
 * @param random even in [0, 1)
 */
export function* arrivals(pace: Pace, random: () => number): Generator<Arrival> {
  const { users, everySeconds, rampSeconds, durationSeconds } = pace;
  const [least, most] = everySeconds;
  const gap = (): number => least + random() * (most - least);
  // The first one anywhere inside a user's first gap, or all would send at the same time.
  const next = Array.from({ length: users }, (_, user) => (rampSeconds * user) / users + random() * gap());
  for (let end = windowSeconds; end - windowSeconds < durationSeconds; end += windowSeconds) {
    const due: Arrival[] = [];
    for (let user = 0; user < users; user++) {
      for (; next[user]! < Math.min(end, durationSeconds); next[user]! += gap()) {
        due.push({ at: next[user]!, user });
      }
    }
    yield* due.sort((one, other) => one.at - other.at);
  }
}

/** Users who have come in `seconds` after the start. */
export function usersAt({ users, rampSeconds }: Pace, seconds: number): number {
  return rampSeconds === 0 ? users : Math.min(users, Math.ceil((users * seconds) / rampSeconds));
}
