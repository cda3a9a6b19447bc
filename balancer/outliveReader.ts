// `… | head` closes our output once it has seen enough. That is no error, and no reason to stop half way.

/**
 * From now on, what is written after the reader of stdout or stderr has gone is lost without a word; the program goes
 * on to its end, and its exit code tells how it went. Without this, Node ends it with a stack trace at the next line.
 * @param onGone for programs that do nothing but write, and would go on for ever: end here
 */
export function outliveReader(onGone: () => void = () => undefined): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      onGone();
    });
  }
}
