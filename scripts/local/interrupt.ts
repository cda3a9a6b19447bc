// Ctrl-C: aborts what runs, so that it can clean up after itself; a second one ends the process at once.
const controller = new AbortController();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => controller.abort(new Error(`interrupted by ${signal}`)));
}

/** Aborted when this process is asked to end. */
export const interrupted: AbortSignal = controller.signal;
