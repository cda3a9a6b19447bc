// How a script ends that failed: what was wrong, without a stack, and an exit code.

export const failWith =
  (code: number) =>
  (error: unknown): void => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = code;
  };
